// Keeps the page up to date: sections are fetched anew every few seconds, bars move with each event of an import.
"use strict";

const EVERY_MS = 5000;
const SOON_MS = 500;
let timer = 0;
let lost = false;

function say(text) {
  const link = document.getElementById("link");
  if (link && link.textContent !== text) link.textContent = text; // a screen reader hears a change, nothing else
  lost = text !== "";
  document.body.classList.toggle("lost", lost);
}

function take(fresh) {
  for (const name of ["state", "seen"]) {
    const [old, now] = [document.getElementById(name), fresh.getElementById(name)];
    if (old && now && old.innerHTML !== now.innerHTML) old.replaceWith(now);
  }
  const old = document.getElementById("main");
  const now = fresh.getElementById("main");
  if (!old || !now) return;
  if (!old.querySelector("section") || !now.querySelector("section")) {
    if (old.innerHTML !== now.innerHTML) old.replaceWith(now);
    return;
  }
  for (const part of now.querySelectorAll("section")) {
    const shown = document.getElementById(part.id);
    if (!shown || shown.innerHTML === part.innerHTML) continue; // details that are open differ, and are taken anew
    if (shown.contains(document.activeElement)) continue; // whoever reads with the keyboard is not thrown out
    const open = [...shown.querySelectorAll("details")].map((one) => one.open);
    const places = [...shown.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    shown.replaceChildren(...part.childNodes);
    shown.querySelectorAll("details").forEach((one, at) => { one.open = open[at] || false; });
    shown.querySelectorAll(".scroll").forEach((one, at) => { one.scrollLeft = places[at] || 0; });
  }
  document.title = fresh.title;
}

async function refresh() {
  clearTimeout(timer);
  timer = 0;
  try {
    const answer = await fetch("/", { headers: { accept: "text/html" }, cache: "no-store" });
    const text = await answer.text();
    const fresh = new DOMParser().parseFromString(text, "text/html");
    if (answer.ok && !document.getElementById("health") && fresh.getElementById("health")) {
      location.reload(); // the notice of a daemon that was starting becomes the page
      return;
    }
    say(answer.ok ? "" : "The daemon is starting.");
    if (answer.ok) take(fresh);
  } catch {
    say("No connection to the daemon: trying again.");
  }
  timer = setTimeout(refresh, lost ? 1000 : EVERY_MS);
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, SOON_MS);
}

function follow() {
  const events = new EventSource("/events");
  events.onmessage = (message) => {
    const event = JSON.parse(message.data);
    const item = document.querySelector(`[data-job="${Number(event.job_id)}"]`);
    if (!item || ["completed", "failed", "cancelled"].includes(event.status)) { soon(); return; }
    item.querySelector("progress").value = event.progress;
    item.querySelector(".percent").textContent = `${event.progress} %`;
    item.querySelector(".message").textContent = event.message;
  };
  events.onerror = () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, EVERY_MS); // 503 or 204 close it for good
  };
}

timer = setTimeout(refresh, EVERY_MS);
if (document.getElementById("health")) follow();
