/** The parts of a page that scripts fill, and building more of it. Text is always text: nothing is read as HTML. */

type Child = Node | string | undefined | false;

/** An element with attributes and children; `undefined` and `false` are left out. */
export function element<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Readonly<Record<string, string | undefined>> = {}, ...children: readonly Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(name, value);
  made.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return made;
}

/** The element of an id that the page is known to have. @throws {Error} */
export function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

/** What is going on, for those who see it and for those who hear it. */
export function say(text: string, isProblem = false): void {
  const status = part('status');
  status.textContent = text;
  status.classList.toggle('problem', isProblem);
  status.hidden = text === '';
}

export function button(label: string, press: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button' }, label);
  made.addEventListener('click', press);
  return made;
}
