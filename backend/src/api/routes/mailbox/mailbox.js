// The development mailbox: asks for new mails every second, and shows one of them.
"use strict";

const element = (id) => document.getElementById(id);
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
let mails = [];
let chosen = null;

function entry(mail) {
  const button = document.createElement("button");
  button.type = "button";
  button.id = `mail-${mail.id}`;
  button.textContent = mail.subject;
  const line = document.createElement("span");
  line.textContent = `${mail.recipient} · ${time.format(new Date(mail.at))}`;
  button.append(line);
  button.addEventListener("click", () => choose(mail.id));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function choose(id) {
  const mail = mails.find((one) => one.id === id);
  chosen = mail ? id : null;
  element("mail").hidden = !mail;
  for (const button of element("list").querySelectorAll("button")) {
    button.setAttribute("aria-current", String(button.id === `mail-${chosen}`));
  }
  if (!mail) return;
  element("subject").textContent = mail.subject;
  element("recipient").textContent = mail.recipient;
  element("at").dateTime = mail.at;
  element("at").textContent = new Date(mail.at).toLocaleString();
  element("kind").textContent = `${mail.kind}, ${mail.locale}`;
  element("code-row").hidden = !mail.code;
  element("code").textContent = mail.code ?? "";
  element("link-row").hidden = !mail.link;
  if (mail.link) element("link").href = mail.link;
  // Loading it again would scroll it back to its top.
  const page = `/dev/mail/messages/${mail.id}/html`;
  if (element("html").getAttribute("src") !== page) element("html").src = page;
  element("text").textContent = mail.text;
}

function show(form) {
  for (const name of ["html", "text"]) {
    element(name).hidden = name !== form;
    element(`show-${name}`).setAttribute("aria-pressed", String(name === form));
  }
}

function update(items) {
  const known = new Set(mails.map((mail) => mail.id));
  const added = items.filter((mail) => !known.has(mail.id));
  const isChanged = added.length > 0 || items.length !== mails.length;
  mails = items;
  if (!isChanged) return;
  const focused = document.activeElement?.id;
  element("list").replaceChildren(...items.map(entry));
  element("empty").hidden = items.length > 0;
  // What somebody reads stays; else the newest is shown.
  choose(items.some((mail) => mail.id === chosen) ? chosen : items[0]?.id);
  if (focused?.startsWith("mail-")) element(focused)?.focus();
  if (added.length > 0) {
    const last = added[0];
    element("status").textContent = `New email to ${last.recipient}: ${last.subject}`;
  }
}

async function look() {
  try {
    const answer = await fetch("/dev/mail/messages");
    if (!answer.ok) throw new Error(answer.statusText);
    update((await answer.json()).items);
  } catch {
    element("status").textContent = "The service does not answer. Trying again…";
  }
  setTimeout(look, 1000);
}

element("show-html").addEventListener("click", () => show("html"));
element("show-text").addEventListener("click", () => show("text"));
element("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(element("code").textContent);
  element("status").textContent = "Code copied.";
});
look();
