// Examples of every screen, drawn like the element does. The texts are copies: those in locales/ are authoritative.

const ALDER = "Alder Bank ••6789";
const NOTHING = "Nothing was changed.";

const account = (name, kind, icon, state, button) => ({ name, kind, icon, state, button });
const failure = (name, heading, says, primary = "Try again", quiet = ["Not now"]) => ({
  name,
  tone: "warning",
  heading,
  says: [says, NOTHING],
  primary,
  quiet,
});

export const SCREENS = [
  {
    name: "browsing",
    heading: "Your bank accounts",
    says: ["Payments from an account that isn't connected may fail until you sign in to your bank again."],
    accounts: [
      account(ALDER, "Checking", "broken", "Sign in to your bank again", "Reconnect"),
      account("Brass Bank ••2024", "Savings", "clock", "Reconnect before December 3", "Reconnect"),
      account("Copper Bank ••4421", "Checking", "check", "Connected"),
      account("Tern Bank ••0937", "Checking", "triangle", "Can't be reconnected", "Add a different bank"),
    ],
  },
  { name: "opening", heading: "Loading your bank accounts", busy: true },
  {
    name: "explaining",
    heading: "Reconnect your Alder Bank account",
    says: ["Alder Bank opens in a secure window. Sign in and choose the account ending in 6789."],
    lists: [["Northwind will see:", "", ["Account details for payments", "Your balance"]]],
    notes: ["Northwind never sees your bank password."],
    primary: "Continue to Alder Bank",
    quiet: ["Not now"],
  },
  { name: "preparing", heading: "Opening Alder Bank", busy: true, says: ["This will take a moment. The secure window opens on its own."] },
  { name: "at_bank", heading: "Finish in the bank window", says: ["The window is open in front of this page."] },
  { name: "checking", heading: "Checking with your bank", busy: true, says: ["This usually takes a few seconds."] },
  {
    name: "relinked",
    tone: "good",
    heading: `${ALDER} is connected`,
    says: ["Payments from this account work again."],
    primary: "Done",
  },
  {
    name: "new_account",
    heading: "Pay from ••2231 instead?",
    notice: "To keep paying from this account, confirm below.",
    says: ["Alder Bank ••2231 is connected.", `Payments still come from ${ALDER}.`],
    primary: "Pay from ••2231",
    quiet: ["Keep ••6789"],
  },
  {
    name: "connected",
    heading: "Your Alder Bank accounts are connected again",
    lists: [
      ["Connected", "", [ALDER]],
      ["New", "", ["Alder Bank ••2231"]],
      ["Still needs attention", "broken", ["Alder Bank ••1204"]],
    ],
    primary: "Done",
  },
  {
    name: "which_account",
    heading: "Which of these did you just reconnect?",
    says: ["They look the same to us, so we'd rather ask than guess."],
    accounts: [
      account(ALDER, "Checking", "clock", "Connected on May 3, 2024", "This one"),
      account(ALDER, "Checking", "clock", "Connected on June 21, 2025", "This one"),
    ],
    quiet: ["None of these, or I'm not sure"],
  },
  { name: "paid", tone: "good", heading: "You can pay from ••2231 now", says: ["Northwind can use it for your payments from now on."], primary: "Done" },
  failure(
    "no_account",
    "That account wasn't shared",
    "You signed in to Alder Bank, but the account ending in 6789 wasn't among the accounts you shared.",
    "Choose another Alder Bank account",
    ["Add a different bank", "Not now"],
  ),
  failure("no_authorization", "The sign-in wasn't finished", "Alder Bank didn't confirm your sign-in."),
  { name: "cancelled", heading: "You closed the bank window", says: [NOTHING], primary: "Start again", quiet: ["Not now"] },
  { ...failure("failed", "Alder Bank couldn't complete this", "You can try again in a few minutes."), support: "Request 0190a1b2" },
  {
    name: "unrepairable",
    tone: "bad",
    heading: "This account can't be reconnected",
    says: ["Tern Bank ••0937 was closed at the bank.", "To use another account, ask Northwind to help you set one up."],
    primary: "Add a different bank",
    quiet: ["Not now"],
  },
  { name: "pending", heading: "Your bank is still confirming", says: ["You can leave this page. We'll show the result here."], primary: "Check again" },
  failure("stripe_blocked", "The secure bank window didn't load", "A browser extension or network may be blocking js.stripe.com."),
  { name: "offline", tone: "warning", heading: "You're offline", says: ["We'll continue when you're back online."], primary: "Try again" },
  { name: "signed_out", heading: "Please sign in again", says: ["For your security, this page times out after a while."], primary: "Sign in" },
];

/** Makes an element with a class, the part of the same name, and children. */
function make(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) {
    element.className = name;
    element.setAttribute("part", name);
  }
  element.append(...children);
  return element;
}

const marked = (element, name, value) => {
  element.setAttribute(name, value);
  return element;
};

/** Draws a screen like the element does. */
export function draw(screen) {
  const { name, tone, heading, busy, notice, says = [], lists = [], notes = [], accounts = [] } = screen;
  const paragraph = (text) => marked(make("p", "", text), "part", "text");
  const section = marked(make("section", "card"), "data-screen", name);
  if (tone) section.append(marked(make("span", "picture"), "data-tone", tone));
  section.append(marked(make("h1", "", heading), "part", "heading"));
  if (busy) section.append(make("span", "progress"));
  if (notice) section.append(make("p", "notice", notice));
  section.append(...says.map(paragraph));
  for (const [intro, mark, items] of lists) {
    section.append(paragraph(intro), make("ul", `shares ${mark}`.trim(), ...items.map((item) => make("li", "", make("span", "", item)))));
  }
  section.append(...notes.map(paragraph));
  if (accounts.length) section.append(make("ul", "accounts", ...accounts.map(drawAccount)));
  const { primary, quiet = [], support } = screen;
  if (primary) section.append(make("button", "primary", primary));
  section.append(...quiet.map((label) => make("button", "quiet", label)));
  if (support) section.append(make("details", "", make("summary", "", "Details for support"), make("code", "", support)));
  return make("div", "root", section);
}

function drawAccount({ name, kind, icon, state, button }) {
  const told = make("span", "state", state);
  const says = make("p", "", make("strong", "", name), " ", make("small", "", kind), told);
  const beside = make("div", "", says);
  const row = marked(make("li", "", make("span", "icon"), beside), "data-icon", icon);
  row.setAttribute("part", "row");
  if (button) beside.append(make("button", "small", button));
  return row;
}
