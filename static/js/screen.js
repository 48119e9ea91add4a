// Keys, lists, drawer, menus, toasts and theme. Pages work without it; nothing here holds state that the address does not.
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const writing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const go = (address) => { if (address) location.assign(address); };

  // Theme: system, then what the person chose on this device
  const themes = { "": "dark", dark: "light", light: "" };
  const stored = () => { try { return localStorage.getItem("theme") || ""; } catch { return ""; } };
  const paint = (theme) => { if (theme) document.documentElement.dataset.theme = theme; };
  paint(stored());

  // Lists: j, k, Enter, x
  let at = -1;
  const rows = () => all("[data-href], tr:has(input[name=selected])").filter((row) => row.offsetParent !== null);
  const mark = (index) => {
    const list = rows();
    list.forEach((row) => row.classList.remove("at-key"));
    at = Math.max(0, Math.min(index, list.length - 1));
    if (!list[at]) return;
    list[at].classList.add("at-key");
    list[at].scrollIntoView({ block: "nearest" });
  };

  // Selection: the ink bar counts what is ticked
  const count = () => {
    const bar = one("[data-selection]");
    if (!bar) return;
    const boxes = all("input[name=selected]");
    const ticked = boxes.filter((box) => box.checked);
    bar.hidden = ticked.length === 0;
    const words = one("[data-selection-count]", bar);
    if (words) words.textContent = `${ticked.length} of ${boxes.length} selected`;
    boxes.forEach((box) => box.closest("tr")?.classList.toggle("checked", box.checked));
    const pick = one("[data-pick-all]");
    if (pick) {
      pick.checked = ticked.length > 0 && ticked.length === boxes.length;
      pick.indeterminate = ticked.length > 0 && !pick.checked;
    }
  };

  // Menus: closed by Escape, which leads back to what opened them, and when the focus goes elsewhere
  const shut = (menu) => {
    if (menu.contains(document.activeElement)) one("summary", menu).focus();
    menu.removeAttribute("open");
  };
  document.addEventListener("focusin", (event) => {
    all("details[data-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.removeAttribute("open"); });
  });

  let before = "";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
    if (event.key === "Escape") {
      const open = all("details[data-menu][open]");
      if (open.length) { open.forEach(shut); return; }
      if (!writing(event.target)) one("[data-close-drawer]")?.click();
      return;
    }
    if (writing(event.target)) return;
    const pair = before + event.key;
    before = event.key === "g" ? "g" : "";
    if (pair === "gh") return go(one(".places a")?.href);
    if (/^g[1-6]$/.test(pair)) return go(all(".places a")[Number(event.key) - 1]?.href);
    if (event.key === "?") return one("#keys")?.showModal();
    if (event.key === "/") {
      const find = one("[data-find]");
      event.preventDefault();
      return find ? find.focus() : go(one("[data-search]")?.href);
    }
    if (event.key === "j") return mark(at + 1);
    if (event.key === "k") return mark(at - 1);
    const row = rows()[at];
    if (!row) return;
    if (event.key === "Enter" && event.target === document.body) go(row.dataset.href);
    if (event.key === "x") {
      const box = one("input[name=selected]", row);
      if (box) { box.checked = !box.checked; count(); }
    }
  });

  document.addEventListener("click", (event) => {
    const target = event.target;
    all("details[data-menu][open]").forEach((menu) => { if (!menu.contains(target)) menu.removeAttribute("open"); });
    if (target.closest("[data-close-drawer]")) {
      const opener = one("main a[aria-current=true][aria-label]")?.getAttribute("aria-label") || "";
      try { sessionStorage.setItem("opener", opener); } catch { /* private window */ }
    }
    if (target.closest("[data-keys-open]")) one("#keys")?.showModal();
    if (target.closest("[data-close-toast]")) target.closest(".toast").remove();
    if (target.closest("[data-clear-selection]")) {
      all("input[name=selected]").forEach((box) => { box.checked = false; });
      count();
    }
    if (target.closest("[data-theme-next]")) {
      const next = themes[stored()];
      try { localStorage.setItem("theme", next); } catch { /* private window */ }
      if (next) paint(next); else delete document.documentElement.dataset.theme;
    }
    const row = target.closest("tr[data-href]");
    if (row && !target.closest("a, button, input, label, select") && !String(getSelection())) go(row.dataset.href);
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) {
      all("input[name=selected]").forEach((box) => { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-pick-all], input[name=selected]")) count();
    if (event.target.matches("[data-sends]")) event.target.form?.requestSubmit();
  });

  // A form with work in it is not left by accident
  let dirty = false;
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-guard]")) dirty = true; });
  // A form that was sent is not sent a second time by a second click; coming back to the page frees it
  document.addEventListener("submit", (event) => {
    dirty = false;
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

  // Files dropped onto the dashed field
  const drop = (event) => event.target.closest?.("[data-drop]");
  ["dragover", "dragleave", "drop"].forEach((kind) => document.addEventListener(kind, (event) => {
    const zone = drop(event);
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("is-over", kind === "dragover");
    const input = one("input[type=file]", zone);
    if (kind === "drop" && input) { input.files = event.dataTransfer.files; input.dispatchEvent(new Event("change", { bubbles: true })); }
  }));

  const start = () => {
    count();
    all(".toast[data-fades]").forEach((toast) => setTimeout(() => toast.remove(), 8000));
    one(".error-summary")?.focus();
    try {
      const opener = sessionStorage.getItem("opener");
      sessionStorage.removeItem("opener");
      if (opener) one(`main a[aria-label="${CSS.escape(opener)}"]`)?.focus(); // the drawer gives the focus back
    } catch { /* private window */ }
  };
  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSwap", (event) => {
    count();
    if (event.target.matches?.(".content")) one(".drawer", event.target)?.focus();
  });
  if (document.readyState !== "loading") start();
})();
