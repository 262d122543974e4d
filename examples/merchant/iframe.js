// Embeds relink-server's page in an iframe: docs/embed.md describes the messages.
const frame = document.querySelector("iframe[data-relink]");
const relink = frame.dataset.relink;
const { origin } = new URL(relink);

async function token() {
  const answer = await fetch("/account/bank-token");
  return answer.ok ? (await answer.json()).token : null;
}

const tell = (message) => frame.contentWindow.postMessage({ relink: 1, ...message }, origin);

window.addEventListener("message", async (event) => {
  // Any window can post messages: respond only to this frame, and only while it shows relink-server's page.
  if (event.source !== frame.contentWindow || event.origin !== origin || event.data?.relink !== 1) return;
  const { type, id, pixels } = event.data;
  if (type === "token-wanted") tell({ type: "token", id, token: await token().catch(() => null) });
  if (type === "height") frame.height = pixels;
});

// After adding the listener, so that no message is missed.
frame.src = `${relink}/frame?origin=${encodeURIComponent(location.origin)}`;
