// Theme editor: try tokens on every screen, and copy the CSS.
import { COLOURS, SCHEMES, colour, defaults, legible, read, write } from "./tokens.js";
import { SCREENS, draw } from "./screens.js";

const relink = document.querySelector("meta[name=relink-server]").content;
const at = (id) => document.getElementById(id);
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets.push(sheet);
let theme = defaults();

/** Draws the screens as static pictures. */
async function screens() {
  // Defined first, so that the loader does not define the element: only its list of files is needed.
  customElements.define("bank-relink", class extends HTMLElement {});
  const { files } = await import(`${relink}/relink.js`);
  const figures = SCREENS.map((screen) => {
    const host = document.createElement("bank-relink");
    const style = Object.assign(document.createElement("link"), {
      rel: "stylesheet",
      href: new URL(files.style, `${relink}/`).href,
    });
    host.inert = true;
    host.attachShadow({ mode: "open" }).append(style, draw(screen));
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = screen.name;
    figure.append(caption, host);
    return figure;
  });
  at("screens").replaceChildren(...figures);
}

function row([name]) {
  const line = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = name;
  const inputs = SCHEMES.map((scheme) => {
    const input = Object.assign(document.createElement("input"), { type: "color", value: colour(theme, scheme, name) });
    input.dataset.token = `${scheme} ${name}`;
    input.setAttribute("aria-label", `${name}, ${scheme}`);
    input.addEventListener("input", () => {
      theme[scheme][name] = input.value;
      show();
    });
    const cell = document.createElement("td");
    cell.append(input);
    return cell;
  });
  const verdict = document.createElement("td");
  verdict.dataset.colour = name;
  line.append(head, ...inputs, verdict);
  return line;
}

/** Fills the form with the theme. */
function fill() {
  at("colours").replaceChildren(...COLOURS.map(row));
  at("radius").value = Number.parseInt(theme.radius, 10);
  at("font").value = theme.font;
  show();
}

/** Applies the form: to the screens, the contrast values and the CSS. */
function show() {
  document.querySelector("output").value = theme.radius;
  const css = write(theme);
  sheet.replaceSync(css);
  at("css").value = css;
  let low = 0;
  for (const token of COLOURS) {
    const [name] = token;
    for (const scheme of SCHEMES) {
      // Colours that are derived from others.
      document.querySelector(`input[data-token="${scheme} ${name}"]`).value = colour(theme, scheme, name);
    }
    const found = SCHEMES.map((scheme) => legible(theme, scheme, token)).filter(Boolean);
    const cell = document.querySelector(`td[data-colour="${name}"]`);
    cell.textContent = found.map(({ value, isEnough }) => `${value.toFixed(1)}${isEnough ? "" : " too low"}`).join(" · ");
    const isLow = found.some(({ isEnough }) => !isEnough);
    cell.toggleAttribute("data-low", isLow);
    low += isLow;
  }
  at("verdict").textContent = low ? `${low} of the colours can't be read well on what is behind them.` : "Everything can be read well.";
}

at("radius").addEventListener("input", () => {
  theme.radius = `${at("radius").value}px`;
  show();
});

at("font").addEventListener("input", () => {
  theme.font = at("font").value || "inherit";
  show();
});

for (const choice of document.querySelectorAll("input[name=preset]")) {
  choice.addEventListener("change", async () => {
    theme = choice.value ? read(await (await fetch(`/themes/${choice.value}.css`)).text()) : defaults();
    fill();
  });
}

for (const choice of document.querySelectorAll("input[name=scheme]")) {
  choice.addEventListener("change", () => (at("screens").dataset.scheme = choice.value));
}

at("copy").addEventListener("click", async () => {
  const copied = await navigator.clipboard.writeText(at("css").value).then(() => true, () => false);
  if (!copied) at("css").select();
  at("copied").textContent = copied ? "Copied." : "Selected: copy it with your keyboard.";
});

at("screens").dataset.scheme = "light";
fill();
await screens();
