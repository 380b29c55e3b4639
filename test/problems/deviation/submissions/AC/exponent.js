// Prints with an exponent, which is a decimal number as well.
const x = require('fs').readFileSync(0, 'utf8').trim().split(/\s+/).slice(1).map(Number);
const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
console.log(mean.toExponential(15), Math.sqrt(variance).toExponential(15));
