// Where a link can be shared: plain addresses, which ask nobody anything before they are clicked.

import { FACEBOOK, LINKEDIN, MAIL, WHATSAPP, X } from './icons.js';

/** `{ name, icon, href }` of each, in the order in which they stand. */
export function targets(words, title, link) {
  const message = words.fill(words.message, { title });
  const [text, url, both, subject] = [message, link, `${message} ${link}`, title].map(encodeURIComponent);
  return [
    { name: 'WhatsApp', icon: WHATSAPP, href: `https://wa.me/?text=${both}` },
    { name: 'X', icon: X, href: `https://x.com/intent/post?text=${text}&url=${url}` },
    { name: 'Facebook', icon: FACEBOOK, href: `https://www.facebook.com/sharer/sharer.php?u=${url}` },
    { name: 'LinkedIn', icon: LINKEDIN, href: `https://www.linkedin.com/sharing/share-offsite/?url=${url}` },
    { name: words.mail, icon: MAIL, href: `mailto:?subject=${subject}&body=${both}`, isHere: true },
  ];
}
