// The deployment's own files. The Worker's library would bring along all that a request may be made of.

/** The text of one, by its path. The host does not matter. */
export const readFile = async ({ ASSETS }, path) => {
  const response = await ASSETS.fetch(`https://files${path}`);
  if (!response.ok) throw `status ${response.status}`;
  return response.text();
};
