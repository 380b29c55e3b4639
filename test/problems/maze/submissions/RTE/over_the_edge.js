// Never asks whether a neighbour is still inside the grid.
const [, ...rows] = require('fs').readFileSync(0, 'utf8').trim().split('\n');
const grid = rows.map((row) => [...row]);
const start = grid.findIndex((row) => row.includes('S'));
const queue = [[start, grid[start].indexOf('S'), 0]];
while (queue.length > 0) {
  const [r, c, steps] = queue.shift();
  if (grid[r][c] === '#') continue;
  if (grid[r][c] === 'G') {
    console.log(steps);
    process.exit();
  }
  grid[r][c] = '#';
  queue.push([r + 1, c, steps + 1], [r - 1, c, steps + 1], [r, c + 1, steps + 1], [r, c - 1, steps + 1]);
}
console.log(-1);
