/** Placement of the element: in the page, in a dialog that its content opens, or as a banner that opens a dialog. */
export type Mode = "inline" | "dialog" | "banner";

/** Colour scheme of the element: the customer's, or a fixed one. */
export type Theme = "auto" | "light" | "dark";

/** Reason why the customer left without a repaired account. */
export type ExitReason =
  | "cancelled"
  | "no_account"
  | "no_authorization"
  | "other"
  | "not_repairable"
  | "closed"
  | (string & {});

/** Detail of `relink-ready`: the first screen is shown. */
export interface ReadyDetail {
  /** Number of accounts that the customer sees. */
  accounts: number;
  /** Number of broken accounts. */
  broken: number;
  /** Number of accounts that are about to break. */
  expiring: number;
}

/** Detail of `relink-open`: a bank window is about to open. */
export interface OpenDetail {
  /** Account that the window is for. */
  account: string | null;
}

/** `relink-open`: a bank window is about to open. */
export interface RelinkOpenEvent extends CustomEvent<OpenDetail> {
  /** Lets the window wait until the page has made way for it, for two seconds at most. To be called by a listener. */
  waitUntil(promise: Promise<unknown>): void;
}

/** Detail of `relink-success`: the account works again. */
export interface SuccessDetail {
  account: string;
  /** All accounts that work again, because one sign-in can repair several. */
  repaired: string[];
}

/** Detail of `relink-new-account`: another account was linked. */
export interface NewAccountDetail {
  account: string;
  /** All accounts that were linked. */
  accounts: string[];
  /** Account that it replaces, if known. */
  replaces: string | null;
}

/** Detail of `relink-exit`: the customer left, and nothing was changed. */
export interface ExitDetail {
  reason: ExitReason;
  account: string | null;
}

/** Detail of `relink-error`: the element, the server or the network failed. */
export interface ErrorDetail {
  /** Code of the error, such as `stripe_blocked`, `offline`, `signed_out`, `wasm_blocked`. */
  code: string;
  /** Identifier for support, which is also in the server's log. */
  request_id: string | null;
}

/** Detail of `relink-event`: every event, for analytics. Never contains a secret or bank data. */
export interface AnyDetail {
  /** `ready`, `open`, `success`, `new-account`, `exit`, `error`, or `screen`. */
  name: string;
  [fact: string]: unknown;
}

/** Events of the element by name. They bubble, and cross shadow boundaries. */
export interface BankRelinkEventMap {
  "relink-ready": CustomEvent<ReadyDetail>;
  "relink-open": RelinkOpenEvent;
  "relink-success": CustomEvent<SuccessDetail>;
  "relink-new-account": CustomEvent<NewAccountDetail>;
  "relink-exit": CustomEvent<ExitDetail>;
  "relink-error": CustomEvent<ErrorDetail>;
  "relink-event": CustomEvent<AnyDetail>;
}

/** Function that returns the customer's token. Rejecting, or returning nothing, means that the customer is signed out. */
export type GetToken = () => string | null | undefined | Promise<string | null | undefined>;

/** `<bank-relink>`. */
export interface BankRelinkElement extends HTMLElement {
  /** Address of relink-server; defaults to the folder of `relink.js`. */
  server: string | null;
  /** Deep link to this account (`fca_…`). */
  account: string | null;
  /** Language as a BCP 47 tag; defaults to the browser's. */
  locale: string | null;
  theme: Theme | null;
  mode: Mode | null;
  /** Level of the element's headings, from 1 to 6; by default 1, and 2 in a banner. */
  headingLevel: string | number | null;
  /** Shorthand for `mode="banner"`. */
  banner: boolean;
  /**
   * Called for the customer's token, and again after it has expired. Overrides the attribute `token-url`. Elements with
   * the same function share a token and the accounts.
   */
  getToken: GetToken | null;
  /**
   * Token that the page has already, which saves the first request for one. Kept in memory, and can't be read. Renewed by
   * `getToken` or `token-url`.
   */
  set token(token: string | null | undefined);
  /** Called for `relink-success` and `relink-new-account`. */
  onSuccess: ((detail: (SuccessDetail | NewAccountDetail) & { type: string }) => void) | null;
  /** Called for `relink-exit` and `relink-error`. */
  onExit: ((detail: (ExitDetail | ErrorDetail) & { type: string }) => void) | null;
  /** Called for every event. */
  onEvent: ((event: { name: string; detail: unknown }) => void) | null;
  /** Shows the conversation; resolves when it is on the screen. */
  open(): Promise<void>;
  /** Closes the dialog; in inline mode, goes back to the accounts. */
  close(): void;
  /** Forgets who the customer is, in every element that shares it, and starts anew: for a sign-out without a page load. */
  reset(): void;

  addEventListener<K extends keyof BankRelinkEventMap>(
    type: K,
    listener: (this: BankRelinkElement, event: BankRelinkEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (this: HTMLElement, event: HTMLElementEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "bank-relink": BankRelinkElement;
  }
}
