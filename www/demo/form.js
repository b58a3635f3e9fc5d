// What both forms do: send once at a time, and say beside the form how it went.

/**
 * Runs `send(fields)` on submit. It returns the text that says it went well; the message of what it throws is shown
 * as what went wrong.
 */
export function onSubmit(form, waiting, send) {
  const button = form.querySelector('button:not([type=button])');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run(form, button, waiting, () => send(Object.fromEntries(new FormData(form))));
  });
}

export async function run(form, button, waiting, send) {
  // aria-disabled, because a disabled button would drop the keyboard's focus.
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  const well = form.querySelector('.went-well');
  const wrong = form.querySelector('.went-wrong');
  wrong.textContent = '';
  well.textContent = waiting;
  try {
    well.textContent = await send();
  } catch (error) {
    well.textContent = '';
    wrong.textContent = error.message;
  } finally {
    button.removeAttribute('aria-disabled');
  }
}
