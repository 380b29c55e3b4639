# encoding: utf-8
ONES = ['', *'一二三四五六七八九'.chars].freeze
TENS = ['', '十', *ONES[2..].map { |one| "#{one}十" }].freeze

(1..99).each { |n| puts TENS[n / 10] + ONES[n % 10] }
puts '百'
