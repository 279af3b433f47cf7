package zenlayer

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

// Page is one page of an answer of DescribeInstances, in any order. An instance that
// does not exist is not in it. Each instance is in it once.
type Page struct {
	TotalCount int // how many rows Zenlayer says there are on all pages together; not below the instances of this page
	Instances  []Instance
	Nameless   int // rows whose instanceId cannot be read; they are not among the Instances
	Twins      int // further rows of Instances
}

// Rows is how many rows the answer holds.
func (p Page) Rows() int { return len(p.Instances) + p.Nameless + p.Twins }

// mostRows is the most that totalCount may be. No account has so many machines, and
// sums of so many pages stay far below what an int holds.
const mostRows = 10_000_000

// listing is what the response of DescribeInstances holds.
type listing struct {
	total  string // totalCount as it stands there; "" where it is missing
	page   Page
	index  map[string]int // where an instance is in the page
	filled bool           // a dataSet was seen
	odd    bool           // it is not of the documented shape
}

// decodePage reads the response of DescribeInstances, each row on its own. A missing
// totalCount is an error, because without it nobody knows whether rows are missing.
func decodePage(raw response) (Page, error) {
	l := listing{page: Page{Instances: []Instance{}}, index: map[string]int{}}
	s := scan(raw)
	if s.kind() == '{' {
		s.object(func(name string) { l.member(s, name) })
	} else {
		l.odd = true
	}
	if l.odd || s.err != nil {
		return Page{}, errors.New("the response is not of the documented shape")
	}
	rows := len(l.page.Instances) + l.page.Nameless
	total, err := strconv.Atoi(l.total)
	if err != nil || total < 0 || total > mostRows {
		return Page{}, errors.New("the response has no totalCount that can be right")
	}
	if total < rows {
		return Page{}, fmt.Errorf("totalCount is %d, yet there are %d rows", total, rows)
	}
	l.page.TotalCount = total
	return l.page, nil
}

func (l *listing) member(s *scanner, name string) {
	switch name {
	case "totalCount":
		before := l.total
		l.total = string(s.value())
		l.odd = l.odd || before != "" && before != l.total
	case "dataSet":
		l.rows(s)
	default:
		s.skip()
	}
}

// rows reads a dataSet, which is a list, or null where there is nothing.
func (l *listing) rows(s *scanner) {
	k := s.kind()
	l.odd = l.odd || l.filled || k != '[' && k != 'n'
	if l.filled = true; l.odd || k == 'n' {
		s.skip()
		return
	}
	s.list(func() {
		if in, named := s.row(); named {
			l.add(in)
		} else {
			l.page.Nameless++
		}
	})
}

// add takes in an instance. Nobody knows which of two rows of one instance is right.
func (l *listing) add(in Instance) {
	at, twice := l.index[in.ID]
	if !twice {
		l.index[in.ID] = len(l.page.Instances)
		l.page.Instances = append(l.page.Instances, in)
		return
	}
	l.page.Twins++
	if !reflect.DeepEqual(in, l.page.Instances[at]) {
		l.page.Instances[at] = Instance{ID: in.ID, Unreadable: "is in the answer twice, with different contents"}
	}
}
