// What HTML alone cannot do: suggestions and seats by keyboard, forms sent once, the time that is
// left, and a word when the network fails. Every page works without this file.

"use strict";

// A form is sent once; the server's key is the last word, this saves the wait.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  const buttons = buttonsOf(form);
  // Disabled after the submission is under way, or the browser would drop it.
  setTimeout(() => { for (const button of buttons) button.disabled = true; }, 0);
});

// A form's own buttons stand in it, or elsewhere on the page under its name.
function buttonsOf(form) {
  return [...form.elements].filter((each) => each.matches("button:not([type=button])"));
}

// A page that comes back out of the browser's cache must be usable again: another choice on it
// is another form, with a key of its own.
window.addEventListener("pageshow", (event) => {
  for (const form of document.querySelectorAll("[data-once]")) for (const button of buttonsOf(form)) button.disabled = false;
  const [visit] = performance.getEntriesByType("navigation");
  if (!event.persisted && visit?.type !== "back_forward") return;
  for (const key of document.querySelectorAll("[name=idempotency_key]")) key.value = newKey();
});

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(18)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// What was left empty in a search asks nothing, and need not stand in an address that is shared.
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// A way is turned round where it was typed.
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-swap]")) return;
  const [from, to] = event.target.closest("form").querySelectorAll("[data-combobox] input");
  [from.value, to.value] = [to.value, from.value];
});

// Saved travellers are filled in where they stand, so that what was typed beside them stays.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-fill]")) return;
  event.preventDefault();
  for (const select of event.target.querySelectorAll("select")) {
    const field = (name) => document.getElementById(`${select.name.replace("traveller", "passengers")}-${name}`);
    const [chosen] = select.selectedOptions;
    // For somebody else the one who was filled in is taken out again.
    const filledIn = [...select.options].find((each) => each.value && Object.entries(each.dataset).every(([name, value]) => field(name).value === value));
    for (const [name, value] of Object.entries((chosen.value ? chosen : filledIn)?.dataset ?? {})) {
      field(name).value = chosen.value ? value : "";
    }
  }
  document.querySelector("[data-once] input:not([type=hidden])").focus();
});

// Who ticks somebody means some of the party; who chooses another part means nobody by name. Said
// before htmx sends the form, which it does on its way up.
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-ticks]");
  if (!form) return;
  const some = form.querySelector(`[type=radio][value="${form.dataset.ticks}"]`);
  if (event.target.type === "checkbox" && event.target.checked && some) some.checked = true;
  if (event.target.type !== "radio" || event.target === some) return;
  for (const tick of form.querySelectorAll("[type=checkbox]")) tick.checked = false;
}, { capture: true });

// Whoever chooses a seat sees beside the button which it is and what it costs.
function sayChosen(form) {
  const place = form?.querySelector("[data-chosen]");
  if (!place) return;
  const words = form.querySelector(`[name=${place.dataset.chosen}]:checked`)?.closest("label").querySelector(".vh");
  place.textContent = words?.textContent ?? "";
  place.hidden = !words;
}
document.addEventListener("change", (event) => sayChosen(event.target.form));
window.addEventListener("pageshow", () => sayChosen(document.querySelector("form:has([data-chosen])")));

// A family name is typed once: the others of the party are offered it.
document.addEventListener("change", ({ target }) => {
  const name = target.value?.trim();
  if (target.list?.id !== "family-names" || !name) return;
  if ([...target.list.options].some((option) => option.value === name)) return;
  target.list.append(Object.assign(document.createElement("option"), { value: name }));
});

// How long seats are held is counted down while the page stands open. Before the end it comes into
// sight and is said aloud, and so is the end.
function countDown(place) {
  const box = place.closest("#deadline");
  const many = place.textContent;
  const ends = Date.now() + place.dataset.seconds * 1000;
  const left = () => Math.max(0, Math.ceil((ends - Date.now()) / 60_000));
  let shown = left();
  showLeft(box, place, many, shown);
  const timer = setInterval(() => {
    if (!box.isConnected) { clearInterval(timer); return; }
    if (left() === shown) return;
    shown = left();
    showLeft(box, place, many, shown);
    if (shown === NEAR || shown === 0) sayOnce(wordsOf(box.querySelector("p:not([hidden])")));
  }, 1_000);
}
const NEAR = 2;

function showLeft(box, place, many, minutes) {
  place.textContent = minutes === 1 ? place.dataset.one : many.replace(/\d+/, minutes);
  box.classList.toggle("warn", 0 < minutes && minutes <= NEAR);
  if (minutes > 0) return;
  const asked = box.contains(document.activeElement);
  box.classList.add("over");
  for (const each of box.children) each.hidden = !each.matches("[data-over]");
  if (asked) box.querySelector("button[data-over]").focus();
}

function wordsOf(place) {
  return place.textContent.replace(/\s+/g, " ").trim();
}

// On the map of seats, up and down lead to the seat before or behind, as the eye has it; by itself
// a group of radio buttons goes on to the next one, along the row.
document.addEventListener("keydown", (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const cell = event.target.closest?.("#seat-map td");
  if (!step || !cell) return;
  event.preventDefault();
  const rows = [...cell.closest("tbody").rows];
  const column = [...cell.parentElement.cells].indexOf(cell);
  for (let at = rows.indexOf(cell.parentElement) + step; rows[at]; at += step) {
    const seat = rows[at].cells[column]?.querySelector("input:enabled");
    if (seat) { seat.focus(); seat.checked = true; sayChosen(seat.form); return; }
  }
});

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
  if (!option) { input.removeAttribute("aria-activedescendant"); return; }
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function choose(input, option) {
  if (option.ariaDisabled === "true") return;
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
    else if (event.key === "ArrowUp") activate(input, options.at(Math.max(at, 0) - 1));
    else if (event.key === "Enter" && at >= 0) choose(input, options[at]);
    else if (event.key === "Escape") closeOptions(input);
    else if (event.key === "Tab" && at >= 0) { choose(input, options[at]); return; }
    else return;
    event.preventDefault();
  });
  // Until the answer is there, what was found for fewer letters must not be taken for more.
  input.addEventListener("input", () => activate(input, null));
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
  // A guess is there to be chosen; leaving the field or Enter takes what surely is meant alone.
  if (isOpen) activate(input, list.querySelector("[data-sure]"));
});

function sayTrouble(text) {
  const place = document.getElementById("trouble");
  place.textContent = text;
  place.hidden = false;
  setTimeout(() => { place.hidden = true; }, 8000);
}

document.addEventListener("htmx:sendError", () => sayTrouble("We cannot reach Fairwind. Check your connection and try again."));
document.addEventListener("htmx:responseError", () => sayTrouble("That did not work. Nothing was lost; try again in a moment."));

// What was folded out stays so when a choice swaps the results.
let foldedOut = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  foldedOut = [...event.detail.target.querySelectorAll("details[id][open]")].map((each) => each.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of foldedOut) document.getElementById(id)?.setAttribute("open", "");
});

// Said and taken away again, so that nobody who reads on finds it twice.
function sayOnce(text) {
  const place = document.getElementById("said");
  place.textContent = text;
  setTimeout(() => { if (place.textContent === text) place.textContent = ""; }, 3000);
}

// What is swapped in may be about another day, which the name of the page in the history says.
document.addEventListener("htmx:afterSettle", (event) => {
  const title = event.detail.elt.dataset?.title;
  if (title) document.title = title;
  // A status that is swapped in with its words is not read out; one that stands and changes is.
  const said = event.detail.elt.querySelector?.("[data-said]");
  if (said) sayOnce(said.textContent.trim());
  // What was pressed may be gone, such as a filter that was taken off: go on from what is new.
  if (document.activeElement === document.body) {
    event.detail.elt.querySelector?.("[data-begins]")?.focus({ preventScroll: true });
  }
});

// Back asks the server for the page again, and the browser has gone to its place by then, or as
// near to it as the page that is left was long.
const places = new Map();
document.addEventListener("htmx:beforeHistorySave", (event) => { places.set(event.detail.path, scrollY); });
document.addEventListener("htmx:historyRestore", (event) => {
  const place = places.get(event.detail.path);
  if (place !== undefined) scrollTo(0, place);
});

document.addEventListener("htmx:load", (event) => {
  const root = event.detail.elt;
  // On a phone what is chosen may stand outside its strip or grid. The page itself must not move.
  for (const day of root.querySelectorAll(".day[aria-current], .date-grid [aria-current]")) {
    const strip = day.closest(".days, .grid-frame");
    const place = day.getBoundingClientRect().left - strip.getBoundingClientRect().left;
    strip.scrollLeft += place - (strip.clientWidth - day.offsetWidth) / 2;
  }
  const fields = root.matches("[data-combobox]") ? [root] : root.querySelectorAll("[data-combobox]");
  fields.forEach(setUp);
  for (const button of root.querySelectorAll("[data-swap]")) button.hidden = false;
  root.querySelectorAll("[data-seconds]").forEach(countDown);
});
