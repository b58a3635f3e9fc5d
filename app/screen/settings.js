// A contest's settings: all of them, each explained. Only what was changed is sent.

import { h } from '../../widget/dom.js';
import { at, put } from '../api.js';
import { actions } from '../part/actions.js';
import { head, read } from '../part/contest.js';
import { field, form, group, select } from '../part/form.js';
import { preview } from '../part/preview.js';
import { keep } from '../part/unsaved.js';
import { say } from '../say.js';
import { body, GROUPS, meant, shown } from '../settings.js';

function control(setting, value) {
  const named = { name: setting.path };
  const plain = { ...named, autocomplete: 'off', required: setting.required };
  switch (setting.kind) {
    case 'choice': return select(setting.path, setting.options, value);
    case 'flag': return h('input', { ...named, type: 'checkbox', checked: value });
    case 'number': return h('input', { ...plain, type: 'number', inputmode: 'decimal', min: '0', step: setting.step, value });
    case 'day': return h('input', { ...plain, type: 'date', value });
    case 'url': return h('input', { ...plain, type: 'url', placeholder: 'https://yoursite.com/', value });
    case 'lines': return h('textarea', { ...named, rows: '4' }, value);
    case 'list': return h('textarea', { ...named, rows: '3', spellcheck: 'false' }, value);
    default: return h('input', { ...plain, value });
  }
}

/** One setting's field, and what it says now; `null` as long as that is what is known. */
function settingOf(setting, contest) {
  if (setting.kind === 'actions') {
    const list = actions(contest.settings.bonusActions);
    const before = JSON.stringify(list.value());
    return { setting, element: list.element, changed: () => (JSON.stringify(list.value()) === before ? null : [setting.path, list.value()]) };
  }
  const input = control(setting, shown(setting, contest));
  const now = () => (setting.kind === 'flag' ? input.checked : input.value);
  const before = now(); // As the browser writes it: it may break lines otherwise.
  return {
    setting,
    element: field({ ...setting, input, inline: setting.kind === 'flag' }),
    changed: () => (now() === before ? null : [setting.path, meant(setting, now())]),
  };
}

export async function settings({ parts: { id }, signal, show }) {
  const contest = await read(id, signal);
  const all = [];
  const changes = (part = '') => all.filter(({ setting }) => setting.path.startsWith(part)).map(({ changed }) => changed()).filter(Boolean);
  const earned = preview(id, () => body(changes('settings.points.')), signal);
  const groups = GROUPS.map(({ fields, ...about }) => {
    const inside = fields.map((setting) => settingOf(setting, contest));
    all.push(...inside);
    const points = group(about, ...inside.map(({ element }) => element), about.name === 'points' && earned.element);
    if (about.name === 'points') points.addEventListener('input', earned.update);
    return points;
  });
  keep(() => changes().length > 0, signal);
  return [
    head(contest, 'settings'),
    form({
      label: 'Settings',
      submit: 'Save the settings',
      fields: groups,
      async act() {
        const changed = changes();
        if (changed.length === 0) return say('Nothing was changed.');
        await put(at(id), body(changed), { signal });
        say('Saved. It is heeded everywhere within a minute and a half.');
        await show();
      },
    }),
  ];
}
