// Renders the whole page with the button. Everything around it is one string, the fastest way in React.
import { useLayoutEffect, useState } from "react";
import { createPortal } from "react-dom";
import { createRoot } from "react-dom/client";
import { Bank } from "./bank.jsx";
import around from "around";

const html = { __html: around };

function Page() {
  const [place, setPlace] = useState(null);
  useLayoutEffect(() => setPlace(document.getElementById("bank")), []);
  return (
    <>
      <div dangerouslySetInnerHTML={html} />
      {place && createPortal(<Bank />, place)}
    </>
  );
}

createRoot(document.body).render(<Page />);
