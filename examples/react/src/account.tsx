import { useRef, useState } from "react";
import { BankRelink, type BankRelinkElement } from "@relink/web/react";

/** Requests the token from the shop's back end; `null` if the customer is signed out. */
async function getToken(): Promise<string | null> {
  const answer = await fetch("/account/bank-token");
  return answer.ok ? (await answer.json()).token : null;
}

/** The customer's account page, with the bank accounts that they pay from. */
export function Account({ server }: { server: string }) {
  const bank = useRef<BankRelinkElement>(null);
  const [broken, setBroken] = useState(0);
  const [news, setNews] = useState("");

  return (
    <>
      <header>
        <strong>Northwind</strong>
        <span>Jenny Rosen</span>
      </header>
      <main>
        <h1>Your account</h1>
        <section aria-labelledby="orders">
          <h2 id="orders">Orders</h2>
          <p className="order">
            <span>
              Autumn tea box <small>Subscription · $24.00 every month</small>
            </span>
            {broken > 0 ? (
              <button type="button" onClick={() => bank.current?.open()}>
                Waiting for your payment
              </button>
            ) : (
              <em>On its way</em>
            )}
          </p>
        </section>
        <section aria-labelledby="payment">
          <h2 id="payment">Payment methods</h2>
          <p role="status">{news}</p>
          <BankRelink
            ref={bank}
            className="bank"
            server={server}
            getToken={getToken}
            onReady={(ready) => setBroken(ready.broken)}
            onSuccess={({ repaired }) => {
              setBroken((broken) => Math.max(0, broken - repaired.length));
              setNews(`Thank you. ${repaired.length === 1 ? "One account works" : `${repaired.length} accounts work`} again.`);
            }}
            onError={({ code }) => console.warn(`bank-relink: ${code}`)}
          />
        </section>
      </main>
    </>
  );
}
