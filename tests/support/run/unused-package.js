/**
 * Replaces packages that Pulumi loads at its start but needs only to serialise functions, which no stack of ours has.
 */
module.exports = {};
