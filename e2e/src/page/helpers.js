// Helpers for every script that inspects a page.

// Root of the element's content; in a document without the element, such as the bank window's, the document.
const root = document.querySelector('bank-relink')?.shadowRoot ?? document;

// Returns the focused element, also from within nested shadow roots.
const focused = () => {
    let one = document.activeElement;
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    return one;
};

// Returns the text without the parts that `leave` matches, and without bidirectional control characters.
const read = (element, leave) => {
    const copy = element.cloneNode(true);
    for (const part of copy.querySelectorAll(leave)) part.remove();
    return copy.textContent.replace(/[\u202a-\u202e\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
};
const seen = (element) => read(element, '.spoken');

// Returns all elements that can affect the layout: those of the document around the element, and those in the
// element.
const everything = () => {
    const own = root === document ? [] : [...root.querySelectorAll('*')];
    return [...document.body.querySelectorAll('*'), ...own];
};

// Returns the language and the direction of a text, which an ancestor may define.
const language = (one) => {
    while (one && !one.lang) one = one.parentElement ?? one.getRootNode().host;
    return one?.lang ?? '';
};
const spoken = () => {
    const said = root.querySelector('section.card') ?? document.body;
    return [language(said), getComputedStyle(said).direction];
};
