// The answer to a request for a root cause: saved while it is typed, rows added, removed and moved, files dropped.
// Without it the form's own buttons do the same, a page at a time.
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const PAUSE = 1000; // from the first key after a save; with the way to the server a killed tab loses less than two seconds
  const form = one("form[data-draft]");
  if (!form) return;
  document.documentElement.classList.add("scripts");
  const base = one("input[name=based_on]", form);
  const saved = one("[data-saved-words]", form);
  let timer = 0, sending = false, dirty = false, halted = false, leaving = false, waiting = null, aside = "";

  const say = (words, kept = false) => {
    saved.textContent = words;
    one("[data-saved]").classList.toggle("is-unsaved", !kept);
  };
  const sized = (bytes) => {
    const [unit, length] = [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]].find((each) => bytes >= each[1]) || ["", 1];
    return unit ? `${(bytes / length).toFixed(1)}\u00a0${unit}` : `${bytes}\u00a0byte${bytes === 1 ? "" : "s"}`;
  };
  const tell = (words) => {
    const told = one("[data-told]");
    one("[data-told-words]", told).textContent = words;
    told.hidden = false;
    told.scrollIntoView({ block: "center" });
  };
  const sent = (more = {}) => {
    const body = new FormData(form);
    Object.entries(more).forEach(([name, value]) => body.set(name, value));
    return body;
  };
  const send = (more) => fetch(form.dataset.draft, { method: "POST", body: sent(more), credentials: "same-origin", keepalive: leaving });

  // What was overtaken is kept beside the other draft, and what is typed after it takes its place there.
  const setAside = () => (aside ? { aside: "1", instead_of: aside } : { aside: "1" });
  const save = async () => {
    timer = 0;
    if (sending || leaving || (halted && !aside)) return;
    sending = true;
    dirty = false;
    try {
      const answer = await send(halted ? setAside() : aside ? { instead_of: aside } : {});
      if (answer.ok && halted) {
        aside = (await answer.json()).number;
      } else if (answer.ok) {
        const kept = await answer.json();
        aside = "";
        base.value = kept.number;
        say(kept.saved, true);
        one("#rail").innerHTML = kept.rail;
      } else if (answer.status === 409) {
        const late = await answer.json();
        halted = true;
        if (late.number) {
          const beside = await send(setAside());
          if (beside.ok) aside = (await beside.json()).number;
          base.dataset.latest = late.number;
          one("[data-other]").href = late.other;
        }
        say("Not saved into the draft.");
        tell(late.told);
      } else {
        say(answer.status === 404 ? "Not saved: sign in again in another tab." : "Not saved; trying again.");
        dirty = true;
      }
    } catch {
      say("Not saved: no connection. Trying again.");
      dirty = true;
    }
    sending = false;
    if (waiting) {
      const button = waiting;
      waiting = null;
      form.requestSubmit(button);
    } else if (dirty) later(2000);
  };
  const later = (pause = PAUSE) => { if (!timer && (!halted || aside)) timer = setTimeout(save, pause); };
  const touched = () => { dirty = true; later(); };

  form.addEventListener("input", touched);
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    timer = 0;
    if (!sending) { leaving = true; return; }
    event.preventDefault(); // what is on its way brings the number that this is based on
    waiting = event.submitter;
  });
  addEventListener("pagehide", () => {
    if (!dirty || leaving || (halted && !aside)) return;
    const body = sent(halted ? setAside() : aside ? { last: "1", instead_of: aside } : { last: "1" });
    navigator.sendBeacon(form.dataset.draft, body);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && dirty) { clearTimeout(timer); save(); } });
  // Before one draft takes the place of the other, what they say differently is read, field by field.
  const differences = one("[data-differences]");
  one("[data-mine]")?.addEventListener("click", async () => {
    let found = null;
    try {
      const answer = await send({ compare: "1" });
      if (answer.ok) found = await answer.json();
    } catch { /* said below */ }
    if (!found) return say("Not compared: no connection.");
    base.dataset.latest = found.number;
    one("[data-differences-table]").innerHTML = found.differences;
    differences.hidden = false;
    one("[data-mine-sure]").focus();
  });
  one("[data-mine-not]")?.addEventListener("click", () => { differences.hidden = true; });
  one("[data-mine-sure]")?.addEventListener("click", () => {
    differences.hidden = true;
    base.value = base.dataset.latest || base.value;
    halted = false;
    one("[data-told]").hidden = true;
    dirty = true;
    save();
  });

  // Rows: entries of the timeline, actions
  let made = 0;
  const number = () => all("[data-row=action] [data-count]", form).forEach((count, at) => { count.textContent = at + 1; });
  const add = (kind) => {
    const row = one(`template[data-blank=${kind}]`, form).content.firstElementChild.cloneNode(true);
    made += 1;
    all("[id]", row).forEach((field) => { field.id = field.id.replace("-new", `-n${made}`); });
    all("label[for]", row).forEach((label) => { label.htmlFor = label.htmlFor.replace("-new", `-n${made}`); });
    one(`[data-rows=${kind}]`, form).append(row);
    number();
    one("input, textarea", row).focus();
  };
  form.addEventListener("click", (event) => {
    const adds = event.target.closest("[data-add]");
    const removes = event.target.closest("[data-remove]");
    if (!adds && !removes) return;
    event.preventDefault();
    if (adds) return add(adds.dataset.add);
    const row = removes.closest("[data-row]");
    const near = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    number();
    one("input, textarea", near || form)?.focus();
    touched();
  });

  // Entries are moved by the handle: dragged, or with Alt and the arrow keys
  let held = null;
  form.addEventListener("pointerdown", (event) => {
    const row = event.target.closest("[data-drag]")?.closest("[data-row]");
    if (row) row.draggable = true;
  });
  form.addEventListener("dragstart", (event) => {
    held = event.target.closest("[data-row=entry]");
    held?.classList.add("is-held");
  });
  form.addEventListener("dragover", (event) => {
    const over = held && event.target.closest("[data-row=entry]");
    if (!over) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    if (over !== held) over.parentNode.insertBefore(held, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
  });
  form.addEventListener("dragend", () => {
    if (!held) return;
    held.classList.remove("is-held");
    held.draggable = false;
    held = null;
    touched();
  });
  form.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-drag]")?.closest("[data-row]");
    if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const other = event.key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    row.parentNode.insertBefore(row, event.key === "ArrowUp" ? other : other.nextSibling);
    event.target.focus();
    touched();
  });

  // Files: one request each, with its progress
  const files = one("[data-files]", form);
  const line = (name, size, mark) => {
    const row = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = name;
    const length = document.createElement("span");
    length.textContent = size;
    row.append(words, length, mark);
    return row;
  };
  const upload = (file, address) => new Promise((done) => {
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `Uploading ${file.name}`);
    const row = line(file.name, sized(file.size), bar);
    files.append(row);
    const asked = new XMLHttpRequest();
    asked.open("POST", address);
    asked.setRequestHeader("X-Requested-With", "draft.js");
    asked.setRequestHeader("X-CSRFToken", one("input[name=csrfmiddlewaretoken]", form).value);
    asked.upload.addEventListener("progress", (event) => { bar.value = event.total ? event.loaded / event.total : 0; });
    asked.addEventListener("loadend", () => {
      let said = {};
      try { said = JSON.parse(asked.responseText); } catch { /* a page: the words below do */ }
      if (asked.status === 200) {
        row.remove();
        files.replaceChildren(...said.files.map((kept) => {
          const mark = document.createElement("span");
          mark.className = "status status-met";
          mark.textContent = "Checked";
          const kind = line("", kept.size, mark);
          const link = document.createElement("a");
          link.className = "figure-link";
          link.href = kept.href;
          link.textContent = kept.name;
          kind.firstChild.replaceWith(link);
          return kind;
        }), ...all("li.is-refused", files));
        touched();
      } else {
        const why = document.createElement("span");
        why.className = "field-error";
        why.setAttribute("role", "alert");
        why.textContent = said.told || "It could not be kept; try again.";
        bar.replaceWith(why);
        row.classList.add("is-refused");
      }
      done();
    });
    const body = new FormData();
    body.append("evidence", file);
    asked.send(body);
  });
  form.addEventListener("change", async (event) => {
    const input = event.target.closest("[data-upload]");
    if (!input) return;
    event.stopPropagation();
    const chosen = [...input.files];
    input.value = "";
    for (const file of chosen) await upload(file, input.dataset.upload);
  });
})();
