// Tokens of the element, and their contrast requirements.

/**
 * Name, default in light and dark, and pairs of background and minimum contrast. Without a default, the element derives
 * the colour from the accent.
 */
export const COLOURS = [
  ["paper", "#ffffff", "#12161f"],
  ["wash", "#f5f7fa", "#1b212d"],
  ["ink", "#161b26", "#eef1f6", [["paper", 4.5], ["wash", 4.5]]],
  ["muted", "#515a6b", "#a9b2c3", [["paper", 4.5], ["wash", 4.5]]],
  ["accent", "#1553b6", "#86b4ff", [["paper", 3]]],
  ["on-accent", null, null, [["accent", 4.5], ["pressed", 4.5]]],
  ["pressed", null, null],
  ["danger", "#a8201a", "#ffb4ab", [["paper", 4.5]]],
  ["warn", "#6b4400", "#ffd79a", [["paper", 4.5]]],
  ["ok", "#0b5f3a", "#8fdcb2", [["paper", 4.5]]],
  ["line", "#868fa0", "#6b7588", [["paper", 3]]],
];

export const SCHEMES = ["light", "dark"];

/** Returns the defaults, as `{ light: { paper: "#ffffff", … }, dark: …, radius, font }`. */
export function defaults() {
  const of = (place) => Object.fromEntries(COLOURS.map((colour) => [colour[0], colour[place]]));
  return { light: of(1), dark: of(2), radius: "12px", font: "inherit", more: "" };
}

/** Parses a theme's style sheet: tokens from `bank-relink { … }`, and other rules unchanged. */
export function read(css) {
  const theme = defaults();
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  for (const rule of sheet.cssRules) {
    if (rule.selectorText !== "bank-relink") {
      theme.more += `\n${pretty(rule)}\n`;
      continue;
    }
    for (const [name] of COLOURS) {
      const both = rule.style.getPropertyValue(`--relink-${name}`).match(/^light-dark\((#\w{6}), (#\w{6})\)$/);
      if (both) [, theme.light[name], theme.dark[name]] = both;
    }
    theme.radius = rule.style.getPropertyValue("--relink-radius").trim() || theme.radius;
    theme.font = rule.style.getPropertyValue("--relink-font").trim() || theme.font;
  }
  return theme;
}

/** Returns the effective colour: the theme's, or an approximation of the one that the element derives. */
export function colour(theme, scheme, name) {
  const own = theme[scheme][name];
  if (own) return own;
  const { accent } = theme[scheme];
  const away = luminance(accent) < 0.179 ? "#ffffff" : "#000000";
  return name === "on-accent" ? away : mix(accent, away === "#ffffff" ? "#000000" : "#ffffff", 0.15);
}

function mix(one, other, part) {
  const channel = (hex, place) => Number.parseInt(hex.slice(place, place + 2), 16);
  const mixed = [1, 3, 5].map((place) => Math.round(channel(one, place) * (1 - part) + channel(other, place) * part));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Returns the CSS to copy: only what differs from the defaults. */
export function write(theme) {
  const usual = defaults();
  const differs = ([name]) => SCHEMES.some((scheme) => theme[scheme][name] !== usual[scheme][name]);
  const lines = COLOURS.filter(differs).map(
    ([name]) => `  --relink-${name}: light-dark(${SCHEMES.map((scheme) => colour(theme, scheme, name)).join(", ")});`,
  );
  for (const name of ["radius", "font"]) {
    if (theme[name] !== usual[name]) lines.push(`  --relink-${name}: ${theme[name]};`);
  }
  return `bank-relink {\n${lines.join("\n")}${lines.length ? "\n" : ""}}\n${theme.more}`;
}

/** Returns the contrast ratio of two colours as defined by WCAG. */
export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex) {
  const [red, green, blue] = [1, 3, 5]
    .map((place) => Number.parseInt(hex.slice(place, place + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Returns the lowest contrast of a colour in a scheme, and whether it is sufficient. */
export function legible(theme, scheme, [name, , , pairs = []]) {
  const seen = (one) => colour(theme, scheme, one);
  const found = pairs.map(([under, least]) => [contrast(seen(name), seen(under)), least]);
  const lowest = found.sort((a, b) => a[0] / a[1] - b[0] / b[1])[0];
  return lowest && { value: lowest[0], isEnough: lowest[0] >= lowest[1] };
}

const pretty = ({ selectorText, style }) =>
  `${selectorText.split(", ").join(",\n")} {\n${[...style].map((name) => `  ${name}: ${style.getPropertyValue(name)};`).join("\n")}\n}`;
