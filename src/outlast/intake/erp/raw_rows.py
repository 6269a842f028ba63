"""Rows of AdventureWorks' tables. In: nothing. Out: one frozen type a table.
One reason to exist: which headings are read, as what, and what may be in them, is written once.
Identifiers are whole numbers kept as text; money is USD; days are ISO dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, Literal

Kind = Literal["key", "text", "number", "day"]


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a field comes from."""

    name: str
    """Heading of its column."""
    kind: Kind
    blank: bool = False
    """Whether the cell may be empty."""
    low: float = 0.0
    """Smallest number that makes sense."""
    high: float = 1e9
    """Largest number that makes sense."""


@dataclass(frozen=True, slots=True)
class Product:
    """Anything that is bought, made or sold."""

    product: Annotated[str, Heading("ProductID", "key")]
    name: Annotated[str, Heading("Name", "text")]
    number: Annotated[str, Heading("ProductNumber", "text")]
    safety_stock: Annotated[float, Heading("SafetyStockLevel", "number")]
    standard_cost: Annotated[float, Heading("StandardCost", "number")]
    list_price: Annotated[float, Heading("ListPrice", "number")]
    make_days: Annotated[float, Heading("DaysToManufacture", "number", high=3000)]
    subcategory: Annotated[str, Heading("ProductSubcategoryID", "key", blank=True)]
    sell_end: Annotated[date | None, Heading("SellEndDate", "day", blank=True)]


@dataclass(frozen=True, slots=True)
class BillLine:
    """Units of a component in one assembly; without an assembly, a top item."""

    assembly: Annotated[str, Heading("ProductAssemblyID", "key", blank=True)]
    component: Annotated[str, Heading("ComponentID", "key")]
    begins: Annotated[date, Heading("StartDate", "day")]
    ends: Annotated[date | None, Heading("EndDate", "day", blank=True)]
    unit: Annotated[str, Heading("UnitMeasureCode", "text")]
    quantity: Annotated[float, Heading("PerAssemblyQty", "number", low=1e-6)]


@dataclass(frozen=True, slots=True)
class OfferRow:
    """What a vendor asks for a product, in the unit in which it is bought."""

    product: Annotated[str, Heading("ProductID", "key")]
    vendor: Annotated[str, Heading("BusinessEntityID", "key")]
    lead_days: Annotated[float, Heading("AverageLeadTime", "number", high=3640)]
    price: Annotated[float, Heading("StandardPrice", "number")]
    minimum: Annotated[float, Heading("MinOrderQty", "number")]
    maximum: Annotated[float, Heading("MaxOrderQty", "number", low=1e-6)]
    unit: Annotated[str, Heading("UnitMeasureCode", "text")]


@dataclass(frozen=True, slots=True)
class VendorRow:
    """Who delivers."""

    vendor: Annotated[str, Heading("BusinessEntityID", "key")]
    account: Annotated[str, Heading("AccountNumber", "text")]
    name: Annotated[str, Heading("Name", "text")]
    preferred: Annotated[float, Heading("PreferredVendorStatus", "number", high=1)]
    active: Annotated[float, Heading("ActiveFlag", "number", high=1)]


@dataclass(frozen=True, slots=True)
class AddressRow:
    """Where a vendor sits."""

    vendor: Annotated[str, Heading("BusinessEntityID", "key")]
    city: Annotated[str, Heading("City", "text")]
    state: Annotated[str, Heading("StateProvinceCode", "text")]
    country: Annotated[str, Heading("CountryRegionCode", "text")]


@dataclass(frozen=True, slots=True)
class StockRow:
    """Units of a product in one bin."""

    product: Annotated[str, Heading("ProductID", "key")]
    location: Annotated[str, Heading("LocationID", "key")]
    quantity: Annotated[float, Heading("Quantity", "number")]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A purchase order."""

    order: Annotated[str, Heading("PurchaseOrderID", "key")]
    vendor: Annotated[str, Heading("VendorID", "key")]
    ordered: Annotated[date, Heading("OrderDate", "day")]
    shipped: Annotated[date | None, Heading("ShipDate", "day", blank=True)]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of a purchase order."""

    order: Annotated[str, Heading("PurchaseOrderID", "key")]
    line: Annotated[str, Heading("PurchaseOrderDetailID", "key")]
    due: Annotated[date, Heading("DueDate", "day")]
    quantity: Annotated[float, Heading("OrderQty", "number", low=1e-6)]
    product: Annotated[str, Heading("ProductID", "key")]


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A line of a sale to a consumer."""

    ordered: Annotated[date, Heading("OrderDate", "day")]
    product: Annotated[str, Heading("ProductID", "key")]
    territory: Annotated[str, Heading("TerritoryID", "key")]
    quantity: Annotated[float, Heading("OrderQty", "number")]


@dataclass(frozen=True, slots=True)
class Territory:
    """Where is sold."""

    territory: Annotated[str, Heading("TerritoryID", "key")]
    name: Annotated[str, Heading("Name", "text")]
    country: Annotated[str, Heading("CountryRegionCode", "text")]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit of measure."""

    unit: Annotated[str, Heading("UnitMeasureCode", "text")]
    name: Annotated[str, Heading("Name", "text")]


@dataclass(frozen=True, slots=True)
class CostRow:
    """Standard cost of a product over time."""

    product: Annotated[str, Heading("ProductID", "key")]
    begins: Annotated[date, Heading("StartDate", "day")]
    ends: Annotated[date | None, Heading("EndDate", "day", blank=True)]
    amount: Annotated[float, Heading("StandardCost", "number")]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """List price of a product over time."""

    product: Annotated[str, Heading("ProductID", "key")]
    begins: Annotated[date, Heading("StartDate", "day")]
    ends: Annotated[date | None, Heading("EndDate", "day", blank=True)]
    amount: Annotated[float, Heading("ListPrice", "number")]


@dataclass(frozen=True, slots=True)
class Subcategory:
    """A group of products."""

    subcategory: Annotated[str, Heading("ProductSubcategoryID", "key")]
    name: Annotated[str, Heading("Name", "text")]


ROW_TYPES: Mapping[str, type] = MappingProxyType(
    {
        "Product": Product,
        "BillOfMaterials": BillLine,
        "ProductVendor": OfferRow,
        "Vendor": VendorRow,
        "VendorAddress": AddressRow,
        "ProductInventory": StockRow,
        "PurchaseOrderHeader": OrderRow,
        "PurchaseOrderDetail": OrderLine,
        "InternetSalesLines": SaleLine,
        "SalesTerritory": Territory,
        "UnitMeasure": UnitRow,
        "ProductCostHistory": CostRow,
        "ProductListPriceHistory": PriceRow,
        "ProductSubcategory": Subcategory,
    }
)
"""Every table that is read, by the name of its file."""

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Product": ("product",),
        "BillOfMaterials": ("assembly", "component", "begins"),
        "ProductVendor": ("product", "vendor"),
        "Vendor": ("vendor",),
        "VendorAddress": ("vendor",),
        "PurchaseOrderHeader": ("order",),
        "PurchaseOrderDetail": ("order", "line"),
        "SalesTerritory": ("territory",),
        "UnitMeasure": ("unit",),
        "ProductCostHistory": ("product", "begins"),
        "ProductListPriceHistory": ("product", "begins"),
        "ProductSubcategory": ("subcategory",),
    }
)
"""Fields that name a row; stock and sales have none."""

REFERENCES: tuple[tuple[str, str, str, str], ...] = (
    ("BillOfMaterials", "assembly", "Product", "product"),
    ("BillOfMaterials", "component", "Product", "product"),
    ("BillOfMaterials", "unit", "UnitMeasure", "unit"),
    ("ProductVendor", "product", "Product", "product"),
    ("ProductVendor", "vendor", "Vendor", "vendor"),
    ("ProductVendor", "unit", "UnitMeasure", "unit"),
    ("VendorAddress", "vendor", "Vendor", "vendor"),
    ("ProductInventory", "product", "Product", "product"),
    ("PurchaseOrderHeader", "vendor", "Vendor", "vendor"),
    ("PurchaseOrderDetail", "order", "PurchaseOrderHeader", "order"),
    ("PurchaseOrderDetail", "product", "Product", "product"),
    ("InternetSalesLines", "product", "Product", "product"),
    ("InternetSalesLines", "territory", "SalesTerritory", "territory"),
    ("ProductCostHistory", "product", "Product", "product"),
    ("ProductListPriceHistory", "product", "Product", "product"),
)
"""Table and field that must name a row of another table."""
