// What HTML alone cannot do: suggestions by keyboard, forms sent once, and a word when the
// network fails. Every page works without this file.

"use strict";

// A form is sent once; the server's key is the last word, this saves the wait.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  const buttons = form.querySelectorAll("button:not([type=button])");
  // Disabled after the submission is under way, or the browser would drop it.
  setTimeout(() => { for (const button of buttons) button.disabled = true; }, 0);
});

// A page that comes back out of the browser's cache must be usable again.
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[data-once] button[disabled]")) button.disabled = false;
});

// The time that a hold still runs. Counted from the page's own arrival: a visitor's clock may be
// wrong. Outside of the status, or a screen reader would read out every second.
for (const left of document.querySelectorAll("[data-seconds]")) {
  const endsAt = performance.now() + 1000 * Number(left.dataset.seconds);
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
    left.textContent = seconds
      ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left.`
      : "The time is over. Send what you typed: it is kept, and you can hold the seats again.";
    if (seconds) setTimeout(tick, 500);
  };
  tick();
}

// The combobox pattern: focus stays in the field, the active option is named to screen readers.
function optionsOf(input) {
  return document.getElementById(`${input.id}-options`);
}

function closeOptions(input) {
  optionsOf(input).hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function activate(input, option) {
  for (const each of optionsOf(input).children) each.setAttribute("aria-selected", each === option);
  if (option) input.setAttribute("aria-activedescendant", option.id);
  if (option) option.scrollIntoView({ block: "nearest" });
}

function choose(input, option) {
  input.value = option.dataset.value;
  closeOptions(input);
}

function setUp(field) {
  const input = field.querySelector("input");
  const list = optionsOf(input);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const options = [...list.children];
    const at = options.findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") activate(input, options[(at + 1) % options.length]);
    else if (event.key === "ArrowUp") activate(input, options[(at - 1 + options.length) % options.length]);
    else if (event.key === "Enter" && at >= 0) choose(input, options[at]);
    else if (event.key === "Escape") closeOptions(input);
    else if (event.key === "Tab" && at >= 0) { choose(input, options[at]); return; }
    else return;
    event.preventDefault();
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => closeOptions(input));
  // A press on an option must not take the focus from the field before the click arrives.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(input, option);
  });
}

document.addEventListener("htmx:configRequest", (event) => {
  const input = event.detail.elt;
  if (!input.closest("[data-combobox]")) return;
  // The address takes `q` and nothing else.
  for (const name of [...event.detail.formData.keys()]) event.detail.formData.delete(name);
  event.detail.formData.set("q", input.value);
});

document.addEventListener("htmx:afterSwap", (event) => {
  const list = event.detail.target;
  if (!list?.matches(".options")) return;
  const input = document.getElementById(list.id.replace(/-options$/, ""));
  [...list.children].forEach((option, index) => { option.id = `${list.id}-${index}`; });
  const isOpen = list.children.length > 0 && document.activeElement === input;
  list.hidden = !isOpen;
  input.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) activate(input, list.children[0]);
});

function sayTrouble(text) {
  const place = document.getElementById("trouble");
  place.textContent = text;
  place.hidden = false;
  setTimeout(() => { place.hidden = true; }, 8000);
}

document.addEventListener("htmx:sendError", () => sayTrouble("We cannot reach Fairwind. Check your connection and try again."));
document.addEventListener("htmx:responseError", () => sayTrouble("That did not work. Nothing was lost; try again in a moment."));

document.addEventListener("htmx:load", (event) => {
  const root = event.detail.elt;
  // On a phone the chosen day may stand outside its strip.
  root.querySelector(".day[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  const fields = root.matches("[data-combobox]") ? [root] : root.querySelectorAll("[data-combobox]");
  fields.forEach(setUp);
});
