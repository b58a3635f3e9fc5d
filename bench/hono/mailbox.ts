// Which mailbox an address leads to, in one spelling of those that do, as `domain` tells it.

const GMAIL = ['gmail.com', 'googlemail.com'];

/** They deliver what follows a `+` to the name before it. */
const TAGGED = new Set([
  'outlook.com', 'outlook.de', 'outlook.fr', 'outlook.es', 'outlook.it', 'outlook.jp', 'outlook.com.br', 'hotmail.com', 'hotmail.co.uk',
  'hotmail.de', 'hotmail.fr', 'hotmail.it', 'hotmail.es', 'live.com', 'live.co.uk', 'live.de', 'live.fr', 'live.it', 'live.nl', 'msn.com',
  'icloud.com', 'me.com', 'mac.com', 'proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me', 'fastmail.com', 'fastmail.fm',
  'fastmail.co.uk', 'fastmail.de', 'fastmail.net', 'fastmail.org', 'sent.com', 'hey.com', 'mailbox.org', 'posteo.de', 'posteo.net',
  'runbox.com', 'yandex.com', 'yandex.ru', 'ya.ru', 'zoho.com', 'zoho.eu', 'zohomail.com', 'zohomail.eu',
]);

export function mailbox(email: string): string {
  const at = email.lastIndexOf('@');
  const [local, domain] = [email.slice(0, at), email.slice(at + 1)];
  const isGmail = GMAIL.includes(domain);
  const plus = local.indexOf('+');
  const name = plus > 0 && (isGmail || TAGGED.has(domain)) ? local.slice(0, plus) : local;
  return isGmail ? `${name.replaceAll('.', '')}@gmail.com` : `${name}@${domain}`;
}
