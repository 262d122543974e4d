// Button that opens Plaid Link as in Plaid's own examples: the token from the shop's back end, then the hook.
import { useEffect, useState } from "react";
import { usePlaidLink } from "react-plaid-link";

function Reconnect({ token }) {
  const { open, ready } = usePlaidLink({ token, onSuccess: () => {} });
  return (
    <button type="button" className="reconnect" disabled={!ready} onClick={() => open()}>
      Reconnect
    </button>
  );
}

export function Bank() {
  const [token, setToken] = useState(null);
  useEffect(() => {
    fetch("/account/bank-token")
      .then((answer) => answer.json())
      .then(({ token }) => setToken(token));
  }, []);
  return (
    <>
      <h1>Your bank accounts</h1>
      <p>Alder Bank ••6789 needs you to sign in again.</p>
      <Reconnect token={token} />
    </>
  );
}
