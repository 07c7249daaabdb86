// Elements in one line each: h("button", {class: "btn", onclick: go}, "Go").

const isThere = (part) => part !== null && part !== undefined && part !== false && part !== "";
/** What is there of lists within lists. */
export const flat = (parts) => parts.flat(Infinity).filter(isThere);

export function h(tag, given = {}, ...inside) {
  const element = document.createElement(tag);
  Object.entries(given).forEach(([name, value]) => {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  });
  element.append(...flat(inside));
  return element;
}

export const link = (address, kind, ...inside) => h("a", { href: address, class: kind }, ...inside);
export const button = (kind, act, ...inside) => h("button", { type: "button", class: kind, onclick: act }, ...inside);
export const tag = (kind, text) => h("span", { class: `tag ${kind}` }, text);
