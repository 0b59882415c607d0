/** Stands for packages that Pulumi loads at its start and needs only to serialise functions, which no stack of ours has. */
module.exports = {};
