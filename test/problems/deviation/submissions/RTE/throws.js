const x = require('fs').readFileSync(0, 'utf8').trim().split(/\s+/).slice(1).map(Number);
if (x.every((value) => value === x[0])) throw new RangeError('All measurements are the same.');
const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
console.log(mean, Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length));
