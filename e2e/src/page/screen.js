// Returns the screen as it is displayed, and as a screen reader announces it.
const cards = [...root.querySelectorAll('section.card')];
const card = cards[0] ?? document.createElement('section');
const headings = [...root.querySelectorAll('h1')];
const heading = card.querySelector('h1') ?? document.createElement('h1');
const buttons = [...card.querySelectorAll('button')];
const room = document.documentElement.clientWidth;
const hidden = (element) => element.closest('.spoken') !== null;
// A region that scrolls by itself, also by keyboard, may be wider than the page.
const scrolled = (element) => element.parentElement?.closest('.scroll[tabindex="0"]');
const sticksOut = (element) => {
    const { left, right, width } = element.getBoundingClientRect();
    return width > 0 && (left < -0.5 || right > room + 0.5);
};
const wide = everything().filter((one) => !hidden(one) && !scrolled(one) && sticksOut(one));
const scrolls = document.documentElement.scrollWidth > room ? [document.documentElement] : [];
return {
    name: card.dataset.screen ?? '',
    heading: seen(heading),
    spoken: read(heading, '[aria-hidden=true]'),
    text: seen(card),
    heading_has_focus: focused() === heading,
    primary: buttons.filter((one) => one.matches('.primary')).map(seen),
    buttons: buttons.map(seen),
    screens: cards.length,
    headings: headings.length,
    overflowing: [...scrolls, ...wide].map((one) => one.cloneNode(false).outerHTML),
};
