// The button in a page that is there without it.
import { createRoot } from "react-dom/client";
import { Bank } from "./bank.jsx";

createRoot(document.getElementById("bank")).render(<Bank />);
