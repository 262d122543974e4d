/** Where the element stands: in its place in the page, in a dialog that what is inside it opens, or as a notice that opens one. */
export type Mode = "inline" | "dialog" | "banner";

/** Its colours: the reader's, or always the same. */
export type Theme = "auto" | "light" | "dark";

/** Why the customer left without a repaired account. */
export type ExitReason =
  | "cancelled"
  | "no_account"
  | "no_authorization"
  | "other"
  | "not_repairable"
  | "closed"
  | (string & {});

/** Of `relink-ready`: the first screen is there. */
export interface ReadyDetail {
  /** How many accounts the customer sees. */
  accounts: number;
  /** How many of them are broken. */
  broken: number;
  /** How many of them are about to break. */
  expiring: number;
}

/** Of `relink-open`: a bank window is about to open. */
export interface OpenDetail {
  /** For this account. */
  account: string | null;
}

/** Of `relink-success`: the account works again. */
export interface SuccessDetail {
  account: string;
  /** All that work again, since one sign-in can repair several. */
  repaired: string[];
}

/** Of `relink-new-account`: an account was linked, but another one. */
export interface NewAccountDetail {
  account: string;
  /** All that were linked. */
  accounts: string[];
  /** The account in whose place it is, where that is known. */
  replaces: string | null;
}

/** Of `relink-exit`: the customer left, and nothing was changed. */
export interface ExitDetail {
  reason: ExitReason;
  account: string | null;
}

/** Of `relink-error`: something of ours or on the way went wrong. */
export interface ErrorDetail {
  /** Such as `stripe_blocked`, `offline`, `signed_out`, `wasm_blocked`. */
  code: string;
  /** What to name to support; it is in the server's log, too. */
  request_id: string | null;
}

/** Of `relink-event`: everything that happens, for analytics. Never with a secret or a bank's data. */
export interface AnyDetail {
  /** `ready`, `open`, `success`, `new-account`, `exit`, `error`, or `screen`. */
  name: string;
  [fact: string]: unknown;
}

/** The element's events by name. They bubble, and leave shadow trees. */
export interface BankRelinkEventMap {
  "relink-ready": CustomEvent<ReadyDetail>;
  "relink-open": CustomEvent<OpenDetail>;
  "relink-success": CustomEvent<SuccessDetail>;
  "relink-new-account": CustomEvent<NewAccountDetail>;
  "relink-exit": CustomEvent<ExitDetail>;
  "relink-error": CustomEvent<ErrorDetail>;
  "relink-event": CustomEvent<AnyDetail>;
}

/** What says who the customer is. Rejecting, or giving nothing, means that they are signed out. */
export type GetToken = () => string | null | undefined | Promise<string | null | undefined>;

/** `<bank-relink>`. */
export interface BankRelinkElement extends HTMLElement {
  /** Origin of relink-server; otherwise where its script came from. */
  server: string | null;
  /** Go straight to this account (`fca_…`). */
  account: string | null;
  /** The language, as in BCP 47; otherwise the browser's. */
  locale: string | null;
  theme: Theme | null;
  mode: Mode | null;
  /** Short for `mode="banner"`. */
  banner: boolean;
  /** Asked for the customer's token, and again when that has expired. Wins over the attribute `token-url`. */
  getToken: GetToken | null;
  /** Called for `relink-success` and `relink-new-account`. */
  onSuccess: ((detail: (SuccessDetail | NewAccountDetail) & { type: string }) => void) | null;
  /** Called for `relink-exit` and `relink-error`. */
  onExit: ((detail: (ExitDetail | ErrorDetail) & { type: string }) => void) | null;
  /** Called for everything. */
  onEvent: ((event: { name: string; detail: unknown }) => void) | null;
  /** Shows the conversation; resolves when it is on the screen. */
  open(): Promise<void>;
  /** Closes the dialog; in its place, goes back to the accounts. */
  close(): void;

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
