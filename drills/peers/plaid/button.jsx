// Renders the button into a page of static HTML.
import { createRoot } from "react-dom/client";
import { Bank } from "./bank.jsx";

createRoot(document.getElementById("bank")).render(<Bank />);
