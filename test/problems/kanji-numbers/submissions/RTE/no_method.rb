# encoding: utf-8
puts '一'
puts 2.to_kanji
