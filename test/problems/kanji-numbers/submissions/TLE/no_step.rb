# encoding: utf-8
n = 1
while n < 100
  line = '一'
end
puts line
