// Returns the accents of a grid, in light and in dark, on or in which a button's text has a contrast below 4.5.
const element = document.querySelector('bank-relink');
const [primary, quiet] = [root.querySelector('button.primary'), root.querySelector('button.quiet')];
const paper = root.querySelector('section.card');
const canvas = document.createElement('canvas');
const pen = canvas.getContext('2d', { willReadFrequently: true });

const luminance = (colour) => {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const linear = (part) => (part <= 10.3 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = [...pen.getImageData(0, 0, 1, 1).data].map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (text, under) => {
    const [light, dark] = [getComputedStyle(text).color, getComputedStyle(under).backgroundColor]
        .map(luminance)
        .sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
};

const found = [];
const steps = [0, 51, 102, 153, 204, 255];
for (const theme of ['light', 'dark']) {
    element.setAttribute('theme', theme);
    for (const red of steps) for (const green of steps) for (const blue of steps) {
        const accent = `rgb(${red} ${green} ${blue})`;
        element.style.setProperty('--relink-accent', accent);
        for (const [name, value] of [['on it', contrast(primary, primary)], ['in it', contrast(quiet, paper)]]) {
            if (!(value >= 4.5)) found.push([theme, accent, name, value]);
        }
    }
}
return found;
