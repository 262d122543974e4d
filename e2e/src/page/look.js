// What every script that looks at a page can use.

// Where the element keeps what it shows; in a document without it, such as the bank window's, the document.
const root = document.querySelector('bank-relink')?.shadowRoot ?? document;

// What has the focus, in whose shadow ever.
const focused = () => {
    let one = document.activeElement;
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    return one;
};

// Text without the parts that `leave` matches. Marks of direction are for the eye.
const read = (element, leave) => {
    const copy = element.cloneNode(true);
    for (const part of copy.querySelectorAll(leave)) part.remove();
    return copy.textContent.replace(/[\u202a-\u202e\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
};
const seen = (element) => read(element, '.spoken');

// Everything that can be in a reader's way: what the document has around the element, and what is in it.
const everything = () => {
    const own = root === document ? [] : [...root.querySelectorAll('*')];
    return [...document.body.querySelectorAll('*'), ...own];
};

// The language and the direction in which something is said, which it may have from what it is in.
const language = (one) => {
    while (one && !one.lang) one = one.parentElement ?? one.getRootNode().host;
    return one?.lang ?? '';
};
const spoken = () => {
    const said = root.querySelector('section.card') ?? document.body;
    return [language(said), getComputedStyle(said).direction];
};
