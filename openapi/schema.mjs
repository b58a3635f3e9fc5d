// How schemas are written here. What is answered is closed, so that a new field is noticed; what is sent is open, since fields
// that nobody knows are ignored, and `null` is the same as left out.

/** Schemas that have a name of their own, as the document lists them. */
export const schemas = {};

/** A schema that others refer to by its name. */
export function named(name, schema) {
  schemas[name] = schema;
  return { $ref: `#/components/schemas/${name}` };
}

/** An object that is answered: it has these fields, perhaps those of `more`, and no others. */
export const answered = (fields, more = {}) => ({
  type: 'object', properties: { ...fields, ...more }, required: Object.keys(fields), additionalProperties: false,
});

/** An object that is sent, with what may be left out behind what may not. */
export const sent = (fields, more = {}) => ({
  type: 'object', properties: { ...fields, ...optional(more) }, ...(Object.keys(fields).length > 0 && { required: Object.keys(fields) }),
});

/** Fields that may be `null`. */
export const optional = (fields) => Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, orNull(schema)]));

/** A schema that takes `null` as well. */
export function orNull(schema) {
  if (schema.type === undefined) return schema.$ref || schema.anyOf ? { anyOf: [schema, { type: 'null' }] } : schema;
  return { ...schema, type: [schema.type].flat().concat('null'), ...(schema.enum && { enum: [...schema.enum, null] }) };
}

/** The schema with words of its own. */
export const described = (schema, description) => ({ ...schema, description });

export const oneOf = (...values) => ({ type: 'string', enum: values });
export const boolean = { type: 'boolean' };
export const count = { type: 'integer', minimum: 0 };
export const list = (items, more) => ({ type: 'array', items, ...more });
