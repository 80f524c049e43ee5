package generator

import (
	"strconv"

	"github.com/brianvoe/gofakeit/v7"
)

// catalogueSize is how many products there are to order. They are made up once,
// since making up a name takes longer than all the rest of an order.
const catalogueSize = 2000

// product is an item but for its quantity, as JSON text.
type product struct {
	upToQuantity, fromPrice []byte
	price                   int64 // minor units
}

func newCatalogue(seed uint64) []product {
	faker := gofakeit.New(seed)
	products := make([]product, catalogueSize)
	for i := range products {
		sku := faker.DigitN(5) + string(rune('A'+faker.IntN(26)))
		price := int64(faker.IntRange(49, 9_999))
		products[i] = product{
			upToQuantity: appendItemUpToQuantity(nil, sku, faker.ProductName()),
			fromPrice:    append(strconv.AppendInt([]byte(`,"unit_price":`), price, 10), '}'),
			price:        price,
		}
	}
	return products
}
