// Reads what somebody has pasted: a tag, a page with a tag in it, a few lines of JavaScript, or the script's address alone.
// Decides which address is meant and what is wrong around it; what is wrong inside the address is `faultsOf`'s to say.

const problem = (text, todo) => ({ state: 'problem', text, todo });
const note = (text, todo) => ({ state: 'note', text, todo });

const ADDRESS = /(?:https?:)?\/{1,2}[^\s"'`<>]*referral-tracker\.js[^\s"'`<>]*/i;
const ENTITIES = { '&amp;': '&', '&#038;': '&', '&#38;': '&', '&quot;': '"', '&lt;': '<', '&gt;': '>' };
const decode = (text) => text.replace(/&(amp|#0?38|quot|lt|gt);/g, (entity) => ENTITIES[entity]);

/** `{ src, faults }`: the script's address as it is written, if there is one, and what is wrong around it. */
export function readSnippet(pasted) {
  const faults = [];
  let text = pasted.trim();
  if (!text) return { faults: [problem('There is nothing to look at.', 'Paste the tag from your site’s source.')] };
  if (/[“”„«»‘’]/.test(text)) {
    faults.push(problem('The quotation marks are typographic (“ ”), as a word processor makes them: the browser takes them for part of the address.', 'Write straight ones: `"`.'));
    text = text.replace(/[“”„«»]/g, '"').replace(/[‘’]/g, "'");
  }
  if (/&lt;script/i.test(text)) {
    faults.push(problem('The tag is there as text (`&lt;script`), so the page shows it instead of running it.', 'Paste it where your site takes HTML or scripts, not into a text.'));
    text = decode(text);
  }
  const tags = [...text.matchAll(/<script\b([^>]*)>/gi)].map(([whole, inner]) => ({ whole, ...readAttributes(inner) }));
  const ours = tags.filter(({ whole }) => /referral-tracker/i.test(whole));
  if (!ours.length) {
    const [src] = ADDRESS.exec(text) ?? [];
    if (src) return { src, faults };
    faults.push(tags.length
      ? problem('None of these scripts is `referral-tracker.js`.', 'Paste the tag that names it.')
      : problem('No address of `referral-tracker.js` is in it.', 'Paste the whole tag, from `<script` to `</script>`.'));
    return { faults };
  }
  if (ours.length > 1) faults.push(problem(`The tag is there ${ours.length} times. One runs, the others do nothing.`, 'Leave one. The first is looked at here.'));
  const [tag] = ours;
  faults.push(...tag.faults, ...around(tag.attributes, text));
  const { attributes } = tag;
  const name = ['src', ...Object.keys(attributes)].find((key) => /referral-tracker/i.test(attributes[key] ?? ''));
  if (name && name !== 'src') {
    faults.push(note(`The address is in \`${name}\` and not in \`src\`: the script runs only once something else, such as a consent manager, has put it there.`, 'If nothing does, write `src`.'));
  }
  return { src: decode(attributes[name] ?? ''), attributes, faults };
}

/** A tag's attributes by name, and which of them have no whole pair of quotation marks. */
function readAttributes(inner) {
  const attributes = {};
  const faults = [];
  let rest = inner.replace(/\/\s*$/, '');
  while ((rest = rest.replace(/^\s+/, ''))) {
    const [head, name, equals] = /^([^\s=]+)\s*(=?)\s*/.exec(rest) ?? [rest, rest, ''];
    rest = rest.slice(head.length);
    let value = '';
    if (equals) {
      const quote = /^["']/.exec(rest)?.[0];
      const end = quote ? rest.indexOf(quote, 1) : -1;
      if (end > 0) {
        value = rest.slice(1, end);
        rest = rest.slice(end + 1);
      } else {
        [value] = /^\S*/.exec(rest);
        rest = rest.slice(value.length);
        if (quote || /["']$/.test(value)) faults.push(problem(`The value of \`${name}\` has a quotation mark on one side only.`, `Write \`${name}="…"\`, with one on either side.`));
        else if (name === 'src') faults.push(note('The address stands without quotation marks, which holds only as long as it has no space in it.', 'Write `src="…"`.'));
        value = value.replace(/^["']|["']$/g, '');
      }
    }
    attributes[name.toLowerCase()] ??= value;
  }
  return { attributes, faults };
}

function around({ type, integrity, crossorigin, async: isAsync, defer }, text) {
  const found = [];
  if (!/<\/script\s*>/i.test(text)) found.push(problem('`</script>` is missing: the browser takes the rest of the page for the script.', 'End the tag with `></script>`.'));
  if (type && !/^(module|(text|application)\/(java|ecma)script)$/i.test(type)) {
    found.push(note(`\`type="${type}"\` keeps the browser from running it, until something such as a consent manager changes that.`, 'If nothing does, take `type` out.'));
  }
  if (integrity && crossorigin === undefined) found.push(problem('`integrity` without `crossorigin`: the browser refuses the script.', 'Add `crossorigin="anonymous"`.'));
  if (isAsync === undefined && defer === undefined && type !== 'module') found.push(note('Without `async` the page waits for the script.', 'Add `async`.'));
  return found;
}

/** What is wrong with the place that the address names; `here` is this deployment's origin. */
export function faultsOfPlace(src, here) {
  const url = new URL(src, here);
  const found = [];
  if (!/^(https?:)?\/\//i.test(src)) {
    found.push(note('The address names no host, so the script is looked for on your own site.', `Unless a proxy of yours is there, begin it with \`${here}/\`.`));
  } else if (url.host !== new URL(here).host) {
    found.push(problem(`It names the host \`${url.host}\`; this deployment is \`${new URL(here).host}\`.`, `Write \`${here}/referral-tracker.js\`. If \`${url.host}\` is another deployment of yours, open the page \`/doctor/\` there.`));
  } else if (url.protocol !== new URL(here).protocol) {
    found.push(problem(`It begins with \`${url.protocol}//\`: a page on https does not run it.`, `Begin it with \`${here}/\`.`));
  }
  if (!url.pathname.endsWith('/referral-tracker.js')) found.push(problem(`\`${url.pathname}\` is not where the script is.`, 'Write `/referral-tracker.js`.'));
  return found;
}

/** The tag as it should be: with those parameters that were understood and have a value that the script takes. */
export function corrected(src, here, { faultsOf, meantBy, PARAMETERS }) {
  const query = new URLSearchParams({ campaignId: 'CONTEST_ID' });
  const isFine = (name, value) => faultsOf(`${here}?${new URLSearchParams({ campaignId: 'x', [name]: value })}`).length === 0;
  for (const [written, value] of new URL(src, here).searchParams) {
    const plain = written.replace(/^(amp;|#0?38;)+/, '');
    const name = PARAMETERS.includes(plain) ? plain : meantBy(plain);
    if (name && value && isFine(name, value)) query.set(name, value);
    else if (name === 'autoInject' && /strip/i.test(value)) query.set(name, 'stripe');
  }
  // Commas and colons may stand as they are, and are easier to read.
  const readable = String(query).replace(/%2C/g, ',').replace(/%3A/g, ':').replace(/%2F/g, '/');
  return `<script src="${here}/referral-tracker.js?${readable}" async></script>`;
}
