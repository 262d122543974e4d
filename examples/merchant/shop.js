// Behaviour of the shop's page. The element needs none of it.

const theme = (value) => {
  const root = document.documentElement;
  root.style.colorScheme = value === "auto" ? "light dark" : value;
  for (const element of document.querySelectorAll("bank-relink")) element.setAttribute("theme", value);
};

for (const choice of document.querySelectorAll("input[name=theme]")) {
  choice.addEventListener("change", () => theme(choice.value));
}

// Links of the demo shop that lead nowhere.
const demo = document.getElementById("demo");
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-demo]");
  if (!link || !demo) return;
  event.preventDefault();
  demo.querySelector("h2").textContent = link.dataset.demo;
  demo.showModal();
});

// Updates the page for the customer. The back end decides about charges by relink-server's own messages.
document.addEventListener("relink-success", () => {
  const state = document.getElementById("subscription");
  if (!state) return;
  state.textContent = "We'll collect it tomorrow";
  state.dataset.state = "done";
});
