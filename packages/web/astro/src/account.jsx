import { useState } from "react";
import { BankRelink } from "@relink/web/react";

/** Requests the token from the shop's back end; `null` if the customer is signed out. */
async function getToken() {
  const answer = await fetch("/account/bank-token");
  return answer.ok ? (await answer.json()).token : null;
}

/** The page draws itself anew with each press, and takes the element away and back. */
export function Account({ server }) {
  const [count, setCount] = useState(0);
  const [isShown, setShown] = useState(true);
  const [repaired, setRepaired] = useState(0);
  return (
    <main>
      <button id="again" onClick={() => setCount(count + 1)}>
        Again
      </button>
      <button id="toggle" onClick={() => setShown(!isShown)}>
        Toggle
      </button>
      <output id="count">{count}</output>
      <output id="repaired">{repaired}</output>
      {isShown && (
        <BankRelink
          server={server}
          getToken={() => getToken()}
          onSuccess={(news) => setRepaired(repaired + news.repaired.length)}
        />
      )}
    </main>
  );
}
