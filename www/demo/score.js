// The advocate's score, from the same endpoint a participant's widget reads.

const FIELDS = ['points', 'visits', 'signups', 'purchases'];
const rank = document.querySelector('[data-testid=score-rank]');
let shown = null;
let asked = 0;

/** Reads and shows the score of `code`. An answer that a later question has overtaken is dropped. */
export async function refreshScore(code) {
  const turn = ++asked;
  let score;
  try {
    const query = new URLSearchParams({ code, contestId: 'demo' });
    const response = await fetch(`/api/referral/stats?${query}`, { cache: 'no-store' });
    const body = await response.json();
    if (!body.success) throw new Error(body.error);
    score = body.data;
  } catch (error) {
    if (turn === asked) rank.textContent = `No score: ${error.message}`;
    return;
  }
  if (turn === asked) show(score);
}

function show(score) {
  for (const field of FIELDS) {
    document.querySelector(`[data-testid=score-${field}]`).textContent = score[field];
    const gain = shown ? score[field] - shown[field] : 0;
    if (gain) rise(document.querySelector(`[data-delta=${field}]`), gain);
  }
  rank.textContent = score.rank ? `Rank ${score.rank} of ${score.of}` : 'Not ranked yet';
  shown = score;
}

function rise(delta, gain) {
  delta.textContent = gain > 0 ? `+${gain}` : `−${-gain}`;
  delta.classList.remove('rising');
  void delta.offsetWidth; // restarts the animation when two gains follow each other closely
  delta.classList.add('rising');
}
