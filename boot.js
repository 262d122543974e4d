// Starts the program in the reader's language. A file of its own, so that the page's security policy needs no inline
// script. Trunk names the program's files in the page's preload links; the languages are in the page, too.
const page = document.documentElement;
const root = document.getElementById("relink");
const address = (selector) => document.querySelector(selector).href;

// Of each language: its file, its direction, the page's title, and what is said while it loads and when it can't.
const languages = JSON.parse(document.getElementById("languages").textContent);

// The first of the wanted languages that there is, and how the reader's part of the world writes it. Without their
// script it is still theirs.
function choose(wanted) {
  const whole = (tag) => new Intl.Locale(tag).maximize();
  for (const tag of wanted) {
    try {
      const { language, script } = whole(tag);
      const alike = Object.keys(languages).filter((code) => whole(code).language === language);
      const inScript = alike.filter((code) => whole(code).script === script);
      const code = alike.find((code) => code === tag) ?? inScript[0] ?? alike[0];
      if (code) return [code, inScript.includes(code) ? tag : code];
    } catch {
      // Not a language's name.
    }
  }
  return ["en", "en"];
}

function show(code) {
  const [, direction, title, loading] = languages[code];
  page.lang = code;
  page.dir = direction;
  document.title = title;
  root.querySelector("h1").textContent = loading;
}

async function words(code) {
  const response = await fetch(new URL(languages[code][0], import.meta.url), { signal: AbortSignal.timeout(10000) });
  const words = await response.text();
  // A server may have a page for every address.
  if (!words.startsWith(`${code}\n`)) throw new Error(`There are no words of ${code}`);
  return words;
}

const wish = new URLSearchParams(location.search).get("locale");
const [code, locale] = choose(wish ? [wish] : navigator.languages);
show(code);
try {
  const speaking = words(code).then(
    (words) => ({ words, code, locale }),
    async (error) => {
      console.error(error);
      return { words: await words("en"), code: "en", locale: "en" };
    },
  );
  const [{ default: init }, spoken] = await Promise.all([
    import(address('link[rel="modulepreload"]')),
    speaking,
  ]);
  show(spoken.code);
  Object.assign(root, spoken);
  await init({ module_or_path: address('link[rel="preload"][as="fetch"]') });
} catch (error) {
  console.error(error);
  const message = document.getElementById("not-started").content.cloneNode(true);
  const places = message.querySelectorAll("h1, p, a");
  languages[code].slice(4).forEach((text, place) => (places[place].textContent = text));
  show(code);
  root.replaceChildren(message);
}
