"""A small export of AdventureWorks, written in the test.

    BIKE (sold, made) = 1 WHEEL + 8 OZ of PAINT (bought in GAL)
    WHEEL (assembly)  = 36 SPOKE (bought in DZ) + 10 BALL (bought in CTN, no factor)
    CAP (sold, bought for resale), TRIKE (top, not sold) = 2 WHEEL, BOLT (bought, not used)
    EAST offers every part of the bills, WEST (inactive) spokes and caps, HARDWARE only BOLT, IDLE nothing.

Sales end on Wednesday 2014-07-02, so the plan starts on Monday 2014-06-30.
"""

from __future__ import annotations

import lzma
from datetime import date, timedelta
from pathlib import Path

BIKE, WHEEL, SPOKE, BALL, PAINT, CAP, TRIKE, BOLT = (str(number) for number in range(1, 9))
RULES = ("naive", "mean-4")


def tables() -> dict[str, str]:
    """Text of every table, by its name."""
    return {
        "Product": """\
ProductID,Name,ProductNumber,StandardCost,ListPrice,DaysToManufacture,ProductSubcategoryID,SellEndDate,SafetyStockLevel
1,Bike,BIKE,300,500,4,1.0,,10
2,Wheel,WHEEL,60,0,1,,,500
3,Spoke,SPOKE,0,0,0,,,20
4,Ball,BALL,0,0,0,,,2
5,Paint,PAINT,0,0,0,,,1
6,Cap,CAP,6,9,0,2.0,,50
7,Trike,TRIKE,0,700,4,1.0,2013-05-29,100
8,Bolt,BOLT,0,0,0,,,1000
""",
        "BillOfMaterials": """\
ProductAssemblyID,ComponentID,StartDate,EndDate,UnitMeasureCode,PerAssemblyQty
,1,2010-03-04,,EA,1
,7,2010-03-04,,EA,1
1.0,2,2010-03-04,,EA,1
1.0,5,2010-03-04,,OZ,8
2.0,3,2010-03-04,2010-05-03,EA,40
2.0,3,2010-05-04,,EA,36
2.0,4,2010-03-04,,EA,10
7.0,2,2010-03-04,,EA,2
""",
        "ProductVendor": """\
ProductID,BusinessEntityID,AverageLeadTime,StandardPrice,MinOrderQty,MaxOrderQty,OnOrderQty,UnitMeasureCode
3,11,17,6,100,1000,550,DZ
3,12,21,7,100,1000,,DZ
4,11,19,40,1,5,3,CTN
5,11,14,64,20,100,60,GAL
6,12,45,5,50,500,,EA
8,13,16,1,1,5,3,CTN
""",
        "Vendor": """\
BusinessEntityID,AccountNumber,Name,PreferredVendorStatus,ActiveFlag
11,EAST1,East Parts,1,1
12,WEST1,West Parts,0,0
13,HARDWARE1,Hardware,1,1
14,IDLE1,Idle,1,1
""",
        "VendorAddress": """\
BusinessEntityID,Name,City,StateProvinceCode,CountryRegionCode
11,East Parts,Albany,NY ,US
12,West Parts,Fresno,CA ,US
13,Hardware,Fresno,CA ,US
14,Idle,Fresno,CA ,US
""",
        "ProductInventory": """\
ProductID,LocationID,Shelf,Bin,Quantity
1,7,A,1,12
3,1,A,1,30
3,50,B,2,20
4,1,A,1,4
5,1,A,1,3
6,7,A,1,40
8,1,A,1,900
""",
        "PurchaseOrderHeader": """\
PurchaseOrderID,Status,VendorID,OrderDate,ShipDate
1,4,11,2014-05-01,2014-05-10
2,4,11,2014-06-20,2014-06-29
3,3,11,2014-06-25,2014-07-04
4,2,12,2014-06-30,2014-07-09
5,1,13,2014-06-25,2014-07-04
""",
        "PurchaseOrderDetail": """\
PurchaseOrderID,PurchaseOrderDetailID,DueDate,OrderQty,ProductID
1,1,2014-05-15,550,3
2,2,2014-07-04,550,3
2,3,2014-07-04,3,4
3,4,2014-07-09,60,5
3,5,2014-06-30,60,5
4,6,2014-07-14,500,3
5,7,2014-07-09,3,8
""",
        "InternetSalesLines": _sales(),
        "SalesTerritory": """\
TerritoryID,Name,CountryRegionCode
1,Northwest,US
6,Canada,CA
""",
        "UnitMeasure": "UnitMeasureCode,Name\nEA,Each\nOZ,Ounces\nDZ,Dozen\nCTN,Container\nGAL,Gallon\n",
        "ProductCostHistory": """\
ProductID,StartDate,EndDate,StandardCost
1,2012-05-30,2013-05-29,250
1,2013-05-30,,310
""",
        "ProductListPriceHistory": """\
ProductID,StartDate,EndDate,ListPrice
1,2013-05-30,2014-06-30,480
1,2014-07-01,,520
""",
        "ProductSubcategory": "ProductSubcategoryID,Name\n1,Bikes\n2,Caps\n",
    }


def _sales() -> str:
    """Twenty weeks of 4 bikes (3 of them in the Northwest) and 7 caps, and two days after the start."""
    lines = ["OrderDate,ProductID,TerritoryID,OrderQty"]
    for week in range(20):
        day = date(2014, 6, 25) - timedelta(weeks=19 - week)
        lines += [f"{day},1,1,3", f"{day},1,6,1", f"{day},6,1,7"]
    return "\n".join([*lines, "2014-06-30,1,1,99", "2014-07-02,6,6,99"]) + "\n"


def write_source(
    folder: Path, changes: dict[str, str | None] | None = None, *, packed: tuple[str, ...] = ()
) -> Path:
    """Write the export; a table that is changed to None is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**tables(), **(changes or {})}.items():
        if text is None:
            continue
        data = text.encode("utf-8")
        if name in packed:
            (folder / f"{name}.csv.xz").write_bytes(lzma.compress(data))
        else:
            (folder / f"{name}.csv").write_bytes(data)
    return folder


def change(table: str, *pairs: tuple[str, str]) -> dict[str, str]:
    """A table with some of its text replaced, each text being there just once."""
    text = tables()[table]
    for old, new in pairs:
        assert text.count(old) == 1, (table, old)
        text = text.replace(old, new)
    return {table: text}
