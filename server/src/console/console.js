// What the console's pages do beyond links and forms: local times, counts chosen rows, shortcuts, progress of a batch, and a
// warning before the session ends. Every page works without it.
"use strict";

const element = (id) => document.getElementById(id);
/** Address of one of the console's pages, which this script lies beside. */
const page = (name) => new URL(name, here).href;
const here = document.currentScript.src;

const { lang, dataset } = document.documentElement;
/** Fills the places of a text, such as {day}. */
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);

// In English as in "Nov 3, 2026, 7:14 PM UTC": 11/03 could be read as either of two days.
const isEnglish = lang === "en";
const clock = new Intl.DateTimeFormat(isEnglish ? "en-US" : `${lang}-u-nu-latn-ca-gregory`, {
  year: "numeric", minute: "2-digit", timeZoneName: "short",
  ...(isEnglish
    ? { month: "short", day: "numeric", hour: "numeric", hourCycle: "h12" }
    : { month: "2-digit", day: "2-digit", hour: "2-digit", hourCycle: "h23" }),
});

/** Shows times in the browser's time zone. A hint has them in UTC, as logs and Stripe do, and as the page has them without this. */
function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    const parts = Object.fromEntries(clock.formatToParts(new Date(time.dateTime)).map(({ type, value }) => [type, value]));
    const day = filled(dataset.date, parts);
    const hour = isEnglish ? `, ${parts.hour}:${parts.minute} ${parts.dayPeriod}` : ` ${parts.hour}:${parts.minute}`;
    time.title ||= time.textContent;
    time.textContent = time.classList.contains("day") ? day : `${day}${hour} ${parts.timeZoneName}`;
  }
}
showLocalTimes(document);

// A chart that is wider than the screen begins with its newest days.
for (const chart of document.querySelectorAll("figure .scroll")) chart.scrollLeft = chart.scrollWidth;

/** Counts the chosen rows, adds a box that chooses a whole page, and says in place that nothing is chosen. */
function countChosen(form) {
  const rows = [...form.querySelectorAll("input[name=account]")];
  const [all, status] = [element("all"), element("chosen")];
  const page = Object.assign(document.createElement("input"), { type: "checkbox" });
  page.setAttribute("aria-label", status.dataset.page);
  form.querySelector("thead .choose").replaceChildren(page);
  const hint = status.textContent;

  function show() {
    const chosen = rows.filter((row) => row.checked).length;
    page.checked = chosen === rows.length;
    page.indeterminate = chosen > 0 && !page.checked;
    for (const row of [...rows, page]) row.disabled = all.checked;
    for (const row of rows) row.closest("tr").classList.toggle("is-chosen", row.checked || all.checked);
    let text = chosen ? filled(status.dataset.some, { chosen, total: rows.length }) : hint;
    if (all.checked) text = status.dataset.all;
    if (status.textContent !== text) status.textContent = text;
    if (chosen || all.checked) element("none")?.remove();
  }

  page.addEventListener("change", () => {
    for (const row of rows) row.checked = page.checked;
    show();
  });
  form.addEventListener("change", show);
  // The browser restores boxes when an operator comes back.
  addEventListener("pageshow", show);
  form.addEventListener("submit", (event) => {
    if (all.checked || rows.some((row) => row.checked)) return;
    event.preventDefault();
    element("none")?.remove();
    const none = Object.assign(document.createElement("p"), { id: "none", className: "alert" });
    none.setAttribute("role", "alert");
    element("bar").prepend(none);
    none.textContent = status.dataset.none;
  });
  show();
}

const SHORTCUTS = "relink-console-shortcuts";

/** Shortcuts of one character. They can be turned off, because speech input may type them by mistake. */
function listenForShortcuts(help) {
  const switched = help.querySelector("input");
  switched.checked = localStorage.getItem(SHORTCUTS) !== "off";
  switched.addEventListener("change", () => localStorage.setItem(SHORTCUTS, switched.checked ? "on" : "off"));
  help.hidden = false;
  const rows = [...document.querySelectorAll("#connections tbody tr")];

  function move(by) {
    const here = rows.indexOf(document.activeElement?.closest("tr"));
    const next = rows[Math.min(Math.max(here + by, 0), rows.length - 1)];
    next?.querySelector("th a").focus();
  }

  const actions = {
    "/": () => element("q").focus(),
    j: () => move(1),
    k: () => move(-1),
    x: () => document.activeElement?.closest("#connections tbody tr")?.querySelector("input").click(),
  };
  addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !switched.checked) return;
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  });
}

const BETWEEN_READINGS = 3000;
const BETWEEN_ANNOUNCEMENTS = 30000;

/** Renews the progress of a running batch, and announces it now and then and at its end. */
function watchProgress(region) {
  const announcement = element("announcement");
  let announced = Date.now();

  async function renew() {
    const answer = await fetch(`${location.pathname}/progress`, { redirect: "manual", cache: "no-store" });
    // A redirect leads to the sign-in: the session has ended.
    if (answer.type === "opaqueredirect" || answer.status === 404) return false;
    if (!answer.ok) return true;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("progress");
    showLocalTimes(fresh);
    region.replaceChildren(...fresh.childNodes);
    const { state, announce } = fresh.dataset;
    const runs = state === "running";
    if (!runs || Date.now() - announced >= BETWEEN_ANNOUNCEMENTS) {
      announcement.textContent = announce;
      announced = Date.now();
    }
    if (!runs) element("stop")?.remove();
    return runs;
  }

  async function step() {
    let goesOn = true;
    if (!document.hidden) goesOn = await renew().catch(() => true);
    if (goesOn) setTimeout(step, BETWEEN_READINGS);
  }
  setTimeout(step, BETWEEN_READINGS);
}

const SEEN = "relink-console-seen";
const WARNING = 120;

/** Warns two minutes before the session ends for lack of activity, in whichever tab it was. */
function warnBeforeTheEnd(dialog) {
  const idle = Number(dialog.dataset.idle);
  const time = element("idle-left");
  const signIn = page("sign-in");
  const seen = () => localStorage.setItem(SEEN, String(Date.now()));
  seen();

  function check() {
    const left = idle - (Date.now() - Number(localStorage.getItem(SEEN))) / 1000;
    // Ends what is on the screen, too.
    if (left <= 0) return location.assign(signIn);
    const { two, one } = time.dataset;
    time.textContent = left > 60 ? two : one;
    if (left > WARNING) dialog.close();
    else if (!dialog.open) dialog.showModal();
  }

  element("stay").addEventListener("click", async () => {
    const answer = await fetch(page("session"), { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") return location.assign(signIn);
    if (answer.ok) seen();
    check();
  });
  // Closing it by Escape means that somebody is there.
  dialog.addEventListener("cancel", () => element("stay").click());
  setInterval(check, 5000);
}

/** Closes the menu when the focus has left it, or somebody presses Escape or elsewhere. */
function closeMenu(menu) {
  const close = () => menu.removeAttribute("open");
  menu.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && !menu.contains(relatedTarget) && close());
  document.addEventListener("pointerdown", ({ target }) => menu.contains(target) || close());
  menu.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.open) return;
    close();
    menu.querySelector("summary").focus();
  });
}

document.querySelectorAll(".menu").forEach(closeMenu);

const parts = {
  connections: countChosen,
  shortcuts: listenForShortcuts,
  progress: watchProgress,
  idle: warnBeforeTheEnd,
};
for (const [id, start] of Object.entries(parts)) {
  const part = element(id);
  if (part && (id !== "progress" || part.dataset.state === "running")) start(part);
}
