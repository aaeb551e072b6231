// Puts the saved text in place of the shown one, and leaves the reader where she was.
"use strict";

const opened = () => [...document.querySelectorAll("details")].map((each) => each.open);

async function renew() {
  const answer = await fetch(location.pathname, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const before = opened();
  for (const id of ["main", "sidebar"]) {
    document.getElementById(id).replaceWith(document.adoptNode(page.getElementById(id)));
  }
  document.title = page.title;
  const after = document.querySelectorAll("details");
  if (after.length === before.length) after.forEach((each, n) => { each.open = before[n]; });
  tell("open", "live");
}

function tell(state, words) {
  const live = document.getElementById("live");
  live.dataset.state = state;
  live.textContent = words;
}

let asked = 0;
async function saved() {
  const mine = ++asked;
  try {
    await renew();
  } catch (error) {
    if (mine === asked) tell("lost", "could not be loaded; it comes with the next save");
  }
}

document.addEventListener("click", (event) => {
  const goal = event.target.closest("[data-goto]");
  if (!goal) return;
  event.preventDefault();
  const line = Number(goal.dataset.goto);
  const places = [...document.querySelectorAll("#main [data-line]")];
  const at = (each) => Number(each.dataset.line);
  // What stands outside of all containers is shown first, wherever it was written.
  const before = places.filter((each) => at(each) <= line);
  const reached = before.reduce((last, each) => (at(each) >= at(last) ? each : last), before[0] || places[0]);
  if (!reached) return;
  for (let each = reached; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
  document.querySelectorAll(".found").forEach((each) => each.classList.remove("found"));
  reached.classList.add("found");
  reached.scrollIntoView({ block: "center" });
});

let lost = false;
const events = new EventSource("/-/events");
events.onopen = () => {
  tell("open", "live");
  if (lost) saved();
  lost = false;
};
events.onmessage = saved;
events.onerror = () => {
  lost = true;
  tell("lost", "the preview has ended; start it again");
};
