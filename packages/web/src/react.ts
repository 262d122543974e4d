"use client";

import {
  createElement,
  forwardRef,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  type DetailedHTMLProps,
  type HTMLAttributes,
  type ReactElement,
  type ReactNode,
  type Ref,
} from "react";
import type {
  AnyDetail,
  BankRelinkElement,
  BankRelinkEventMap,
  ErrorDetail,
  ExitDetail,
  GetToken,
  Mode,
  NewAccountDetail,
  OpenDetail,
  ReadyDetail,
  RelinkOpenEvent,
  SuccessDetail,
  Theme,
} from "./element.js";
import { loadRelink } from "./index.js";

export type { BankRelinkElement } from "./element.js";

type PlainProps = Omit<
  HTMLAttributes<BankRelinkElement>,
  "children" | "dangerouslySetInnerHTML" | "onError" | "onEvent" | "onExit" | "onOpen" | "onReady" | "onSuccess"
>;

/** Props of `<BankRelink>`, in addition to those of every element (`className`, `style`, `id`, …). */
export interface BankRelinkProps extends PlainProps {
  /** Address of your relink-server, such as `https://relink.shop.example` or `https://shop.example/relink`. */
  server: string;
  /**
   * Requests the customer's token from your back end. Always the function of the newest render is called. Components with
   * the same function share a token and the accounts.
   */
  getToken?: GetToken | undefined;
  /** Instead of `getToken`: URL that responds with `{"token": "…"}` to a signed-in customer. */
  tokenUrl?: string | undefined;
  /** Token that the page has already, which saves the first request for one. Renewed by `getToken` or `tokenUrl`. */
  token?: string | undefined;
  /** Deep link to this account (`fca_…`). */
  account?: string | undefined;
  /** Language as a BCP 47 tag; defaults to the browser's. */
  locale?: string | undefined;
  theme?: Theme | undefined;
  mode?: Mode | undefined;
  /** Level of the element's headings, from 1 to 6. */
  headingLevel?: number | undefined;
  onReady?: ((detail: ReadyDetail) => void) | undefined;
  /** The bank window waits for what this returns, for two seconds at most. */
  onOpen?: ((detail: OpenDetail) => void | Promise<unknown>) | undefined;
  onSuccess?: ((detail: SuccessDetail) => void) | undefined;
  onNewAccount?: ((detail: NewAccountDetail) => void) | undefined;
  onExit?: ((detail: ExitDetail) => void) | undefined;
  /** Also called with code `not_loaded` if the element itself could not be loaded. */
  onError?: ((detail: ErrorDetail) => void) | undefined;
  /** Called for every event, for analytics. */
  onEvent?: ((detail: AnyDetail) => void) | undefined;
  /**
   * Shown until the element is defined, and without JavaScript. With `mode="dialog"` it stays: a link or a button in it
   * opens the dialog.
   */
  children?: ReactNode;
}

const HANDLERS = {
  "relink-ready": "onReady",
  "relink-open": "onOpen",
  "relink-success": "onSuccess",
  "relink-new-account": "onNewAccount",
  "relink-exit": "onExit",
  "relink-error": "onError",
  "relink-event": "onEvent",
} as const satisfies Record<keyof BankRelinkEventMap, keyof BankRelinkProps>;

// React warns about useLayoutEffect on a server.
const useBrowserLayoutEffect = typeof window === "undefined" ? useEffect : useLayoutEffect;

/** React component for `<bank-relink>`: loads it from your relink-server and updates it with its props. */
export const BankRelink = forwardRef(function BankRelink(
  props: BankRelinkProps,
  ref: Ref<BankRelinkElement>,
): ReactElement {
  const { server, getToken, tokenUrl, token, account, locale, theme, mode, headingLevel, className, children, ...others } = props;
  const plain = withoutHandlers(others);
  const element = useRef<BankRelinkElement>(null);
  const newest = useRef(props);
  useImperativeHandle(ref, () => element.current as BankRelinkElement, []);

  useBrowserLayoutEffect(() => {
    newest.current = props;
  });

  // The function itself, by which elements know that they have the same customer. Another one resets nothing. Without
  // it, the element uses `token-url`.
  useBrowserLayoutEffect(() => {
    const { current } = element;
    if (current) current.getToken = getToken ?? null;
  }, [getToken]);

  // A property, because attributes are in the page for all to read.
  useBrowserLayoutEffect(() => {
    const { current } = element;
    if (current && token) current.token = token;
  }, [token]);

  useBrowserLayoutEffect(() => {
    const { current } = element;
    if (!current) return;
    const controller = new AbortController();
    for (const [type, handler] of Object.entries(HANDLERS)) {
      const tell = (event: Event) => {
        const answer: unknown = newest.current[handler]?.((event as CustomEvent).detail);
        // Only the bank window waits.
        if (answer instanceof Promise) (event as Partial<RelinkOpenEvent>).waitUntil?.(answer);
      };
      current.addEventListener(type, tell, { signal: controller.signal });
    }
    return () => controller.abort();
  }, []);

  useEffect(() => {
    let mounted = true;
    loadRelink({ server }).catch((error: unknown) => {
      console.error(error);
      if (mounted) newest.current.onError?.({ code: "not_loaded", request_id: null });
    });
    return () => {
      mounted = false;
    };
  }, [server]);

  const level = headingLevel?.toString();
  const attributes = {
    ...{ server, account, locale, theme, mode, "heading-level": level },
    ...{ "token-url": tokenUrl, class: className },
  };
  return createElement("bank-relink", { ...plain, ...given(attributes), ref: element }, children);
});

/** Removes the handlers: React passes unknown props to the element as attributes, where functions have no meaning. */
function withoutHandlers(props: PlainProps): Record<string, unknown> {
  const handlers: readonly string[] = Object.values(HANDLERS);
  return Object.fromEntries(Object.entries(props).filter(([name]) => !handlers.includes(name)));
}

/** Removes undefined attributes. */
function given(attributes: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "bank-relink": DetailedHTMLProps<HTMLAttributes<BankRelinkElement>, BankRelinkElement> & {
        server?: string | undefined;
        account?: string | undefined;
        locale?: string | undefined;
        theme?: Theme | undefined;
        mode?: Mode | undefined;
        banner?: boolean | undefined;
        "heading-level"?: number | string | undefined;
        "token-url"?: string | undefined;
        token?: string | undefined;
        class?: string | undefined;
      };
    }
  }
}
