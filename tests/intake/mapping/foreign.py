"""Foreign tables with the right answer: which heading is which column of the case.

`None` marks columns of the case that the table really has no heading for; columns that are not
named must not be filled at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parents[2] / "data/foreign"


@dataclass(frozen=True)
class Foreign:
    """One foreign table."""

    name: str
    table: str
    right: Mapping[str, str]
    """Heading of each column of the case; `A + B` for two that are joined."""
    text: str = ""
    """Its content; empty: the file of this name."""
    known: Mapping[str, frozenset[str]] | None = None
    """Identifiers that the case has already."""

    def read(self) -> bytes:
        return self.text.encode() if self.text else (DATA / self.name).read_bytes()


REAL = [
    Foreign(
        "Product.csv",
        "items",
        {
            "item_id": "ProductID",
            "unit_cost": "StandardCost",
            "name": "Name",
            "make_weeks": "DaysToManufacture",
            "safety_stock": "SafetyStockLevel",
        },
    ),
    Foreign(
        "BillOfMaterials.csv",
        "bom",
        {
            "parent_id": "ProductAssemblyID",
            "child_id": "ComponentID",
            "quantity": "PerAssemblyQty",
            "valid_from": "StartDate",
            "valid_to": "EndDate",
        },
    ),
    Foreign("Vendor.csv", "suppliers", {"supplier_id": "BusinessEntityID", "name": "Name"}),
    Foreign(
        "VendorAddress.csv",
        "suppliers",
        {
            "supplier_id": "BusinessEntityID",
            "name": "Name",
            "country": "CountryRegionCode",
            "address": "City",
        },
    ),
    Foreign(
        "ProductVendor.csv",
        "sources",
        {
            "source_id": "ProductID + BusinessEntityID",
            "item_id": "ProductID",
            "supplier_id": "BusinessEntityID",
            "unit_price": "StandardPrice",
            "lead_time_weeks": "AverageLeadTime",
            "minimum_order": "MinOrderQty",
            "maximum_order": "MaxOrderQty",
            "purchase_unit": "UnitMeasureCode",
        },
    ),
    Foreign("ProductInventory.csv", "stock", {"item_id": "ProductID", "on_hand": "Quantity"}),
    Foreign("PurchaseOrderDetail.csv", "open_orders", {"quantity": "OrderQty", "arrival_date": "DueDate"}),
    Foreign("SalesTerritory.csv", "markets", {"market_id": "TerritoryID", "country": "CountryRegionCode"}),
    Foreign(
        "InternetSalesLines.csv",
        "demand",
        {
            "product_id": "ProductID",
            "market_id": "TerritoryID",
            "from_date": "OrderDate",
            "units_per_week": "OrderQty",
            "unit_price": "ListPrice",
        },
    ),
    Foreign("bom_antmicro_boards.csv", "bom", {"parent_id": "board", "child_id": "mpn", "quantity": "qty"}),
    Foreign(
        "bom_imx290_usb3_camera.csv",
        "bom",
        {"parent_id": "module", "child_id": "comment_or_mpn", "quantity": "qty"},
    ),
    Foreign("frepple_item.csv", "items", {"item_id": "name", "unit_cost": "cost", "name": "name"}),
    Foreign(
        "frepple_itemsupplier.csv",
        "sources",
        {
            "source_id": "item_id + supplier_id",
            "item_id": "item_id",
            "supplier_id": "supplier_id",
            "lead_time_weeks": "leadtime",
            "minimum_order": "sizeminimum",
            "order_multiple": "sizemultiple",
            "priority": "priority",
        },
    ),
    Foreign("frepple_buffer.csv", "stock", {"item_id": "item_id", "on_hand": "onhand"}),
    Foreign(
        "frepple_demand.csv",
        "demand",
        {
            "product_id": "item_id",
            "market_id": "customer_id",
            "from_date": "due",
            "units_per_week": "quantity",
        },
    ),
    Foreign("frepple_operationmaterial.csv", "bom", {"child_id": "item_id", "quantity": "quantity"}),
    Foreign("frepple_supplier.csv", "suppliers", {"supplier_id": "name", "name": "name"}),
    Foreign(
        "frepple_operationplan.csv",
        "open_orders",
        {"source_id": "item_id + supplier_id", "quantity": "quantity", "arrival_date": "enddate"},
    ),
]
"""Tables of real programs and projects; their headings were not looked up for the vocabulary."""

MADE = [
    Foreign(
        "MARA.csv",
        "items",
        {"item_id": "MATNR", "kind": "MTART", "name": "MAKTX", "unit": "MEINS", "unit_cost": "STPRS"},
        "MANDT;MATNR;MTART;MATKL;MEINS;MAKTX;WERKS;STPRS;PEINH;GEWEI;BISMT\n"
        "100;000000000000000010;ROH;E1;ST;Bildsensor;1000;1.234,50;100;KG;S-1\n"
        "100;000000000000000011;FERT;K1;ST;Kamera;1000;48,00;1;KG;\n",
    ),
    Foreign(
        "MARC.csv",
        "items",
        {"item_id": "MATNR", "kind": "BESKZ", "make_weeks": "DZEIT", "safety_stock": "EISBE"},
        "MATNR,WERKS,BESKZ,DISMM,DISPO,PLIFZ,DZEIT,BSTMI,EISBE\n10,1000,F,PD,001,20,0,100,50\n11,1000,E,PD,001,0,5,1,0\n",
    ),
    Foreign(
        "STPO.csv",
        "bom",
        {"parent_id": "MATNR", "child_id": "IDNRK", "quantity": "MENGE", "valid_from": "DATUV"},
        "STLNR,STLKN,MATNR,IDNRK,POSNR,MENGE,MEINS,BMENG,DATUV\n"
        "1,1,11,10,0010,2.000,ST,1.000,20250101\n1,2,11,12,0020,1.000,ST,1.000,20250101\n",
    ),
    Foreign(
        "LFA1.csv",
        "suppliers",
        {
            "supplier_id": "LIFNR",
            "name": "NAME1",
            "country": "LAND1",
            "address": "STRAS",
            "registration_number": "STCEG",
        },
        "LIFNR,LAND1,NAME1,ORT01,PSTLZ,STRAS,STCEG\n0000100001,DE,Glaswerk GmbH,Jena,07745,Am Werk 1,DE123\n"
        "0000100002,US,Acme Inc,Austin,73301,Main St 2,\n",
    ),
    Foreign(
        "EINE.csv",
        "sources",
        {
            "source_id": "INFNR",
            "item_id": "MATNR",
            "supplier_id": "LIFNR",
            "unit_price": "NETPR",
            "currency": "WAERS",
            "lead_time_weeks": "APLFZ",
            "minimum_order": "MINBM",
        },
        "INFNR,MATNR,LIFNR,EKORG,NETPR,PEINH,WAERS,APLFZ,MINBM,NORBM,IDNLF\n"
        "5300000001,10,100002,1000,2200.00,100,USD,84,200,400,AC-1\n5300000002,12,100001,1000,9.00,1,EUR,56,100,400,\n",
    ),
    Foreign(
        "MARD.csv",
        "stock",
        {"item_id": "MATNR", "on_hand": "LABST", "quarantined": "SPEME"},
        "MATNR,WERKS,LGORT,LABST,SPEME\n10,1000,0001,500.000,20.000\n12,1000,0001,300.000,0.000\n",
    ),
    Foreign(
        "EKPO.csv",
        "open_orders",
        {"source_id": "INFNR", "quantity": "MENGE", "arrival_date": "EINDT"},
        "EBELN,EBELP,MATNR,LIFNR,INFNR,MENGE,WEMNG,EINDT,BEDAT\n4500000001,10,10,100002,5300000001,400,0,20270118,20261101\n"
        "4500000002,10,12,100001,5300000002,400,100,20270111,20261102\n",
    ),
    Foreign(
        "Artikelstamm.csv",
        "items",
        {
            "item_id": "Artikelnummer",
            "name": "Bezeichnung",
            "unit": "ME",
            "unit_cost": "Herstellkosten",
            "kind": "Artikelart",
            "hs_code": "Zolltarifnummer",
            "safety_stock": "Sicherheitsbestand",
        },
        "Artikelnummer;Bezeichnung;ME;Artikelart;Herstellkosten;Listenpreis;Sicherheitsbestand;Zolltarifnummer\n"
        "00123;Linse;Stk;Kaufteil;9,10;15,00;20;90021100\n00124;Kamera;Stk;Fertigerzeugnis;48,00;95,00;5;85258900\n",
    ),
    Foreign(
        "Stückliste.csv",
        "bom",
        {"parent_id": "Baugruppe", "child_id": "Komponente", "quantity": "Menge", "valid_from": "gültig ab"},
        "Baugruppe;Pos;Komponente;Menge;ME;gültig ab;gültig bis\n00124;10;00123;1;Stk;01.01.2026;\n"
        "00124;20;00125;2,5;kg;15.01.2026;\n",
    ),
    Foreign(
        "Lieferanten.csv",
        "suppliers",
        {"supplier_id": "Lieferanten-Nr.", "name": "Firma", "country": "Land", "address": "Ort"},
        "Lieferanten-Nr.;Firma;Land;Ort;Zahlungsziel\n"
        "70001;Glaswerk GmbH;DE;Jena;30\n70002;Nordic AS;NO;Oslo;45\n",
    ),
    Foreign(
        "Einkaufsinfosätze.csv",
        "sources",
        {
            "source_id": "Artikel-Nr. + Lieferant",
            "item_id": "Artikel-Nr.",
            "supplier_id": "Lieferant",
            "unit_price": "Einkaufspreis (EUR)",
            "currency": "Einkaufspreis (EUR)",
            "lead_time_weeks": "Wiederbeschaffungszeit (Tage)",
            "minimum_order": "Mindestbestellmenge",
            "order_multiple": "Rundungswert",
            "payment_days": "Zahlungsziel (Tage)",
            "origin_country": "Ursprungsland",
        },
        "Artikel-Nr.;Lieferant;Einkaufspreis (EUR);Wiederbeschaffungszeit (Tage);Mindestbestellmenge;"
        "Rundungswert;"
        "Zahlungsziel (Tage);Ursprungsland;Lieferantenartikelnummer\n"
        "00123;70001;9,10;56;100;50;30;DE;G-9\n00125;70002;1.250,00;120;10;1;45;NO;N-1\n",
    ),
    Foreign(
        "Bestand.csv",
        "stock",
        {"item_id": "Materialnummer", "on_hand": "frei verwendbar", "quarantined": "Sperrbestand"},
        "Materialnummer;Lagerort;frei verwendbar;Sperrbestand;Sicherheitsbestand;Meldebestand\n"
        "00123;L1;300;10;50;80\n00125;L1;1.200,5;0;100;200\n",
    ),
    Foreign(
        "offene Bestellungen.csv",
        "open_orders",
        {"source_id": "Artikel-Nr. + Lieferant", "quantity": "Bestellmenge", "arrival_date": "Liefertermin"},
        "Bestellnummer;Artikel-Nr.;Lieferant;Bestelldatum;Bestellmenge;gelieferte Menge;Liefertermin\n"
        "4711;00123;70001;05.11.2026;400;100;11.01.2027\n4712;00125;70002;20.11.2026;20;0;25.02.2027\n",
        {"sources.source_id": frozenset({"00123-70001", "00125-70002"})},
    ),
    Foreign(
        "Prognose.csv",
        "demand",
        {
            "product_id": "Artikelnummer",
            "from_date": "Monat",
            "units_per_week": "Prognosemenge",
            "unit_price": "Verkaufspreis",
        },
        "Artikelnummer;Monat;Prognosemenge;Verkaufspreis\n00124;2027-01;300;95,00\n00124;2027-02;310;95,00\n",
    ),
    Foreign(
        "物料主数据.csv",
        "items",
        {
            "item_id": "物料编码",
            "name": "物料名称",
            "kind": "物料类型",
            "unit": "计量单位",
            "unit_cost": "标准成本",
            "safety_stock": "安全库存",
        },
        "物料编码,物料名称,规格型号,物料类型,计量单位,标准成本,售价,安全库存\n"
        "A001,图像传感器,IMX290,原材料,个,20.5,30,100\nA002,摄像机,CAM-1,成品,台,48,95,10\n",
    ),
    Foreign(
        "物料清单.csv",
        "bom",
        {"parent_id": "父件编码", "child_id": "子件编码", "quantity": "用量", "valid_from": "生效日期"},
        "父件编码,父件名称,子件编码,子件名称,用量,单位,生效日期\n"
        "A002,摄像机,A001,传感器,1,个,2026年1月5日\nA002,摄像机,A003,镜头,2,个,2026年1月5日\n",
    ),
    Foreign(
        "供应商价格.csv",
        "sources",
        {
            "source_id": "物料编码 + 供应商编码",
            "item_id": "物料编码",
            "supplier_id": "供应商编码",
            "unit_price": "采购单价",
            "currency": "币种",
            "lead_time_weeks": "采购提前期(天)",
            "minimum_order": "最小起订量",
            "pack_size": "最小包装量",
            "payment_days": "账期",
        },
        "物料编码,供应商编码,供应商名称,采购单价,币种,采购提前期(天),最小起订量,最小包装量,账期\n"
        "A001,S01,索尼,20.5,CNY,90,100,50,60\nA003,S02,舜宇,9.1,CNY,45,500,100,30\n",
    ),
    Foreign(
        "库存.csv",
        "stock",
        {"item_id": "存货编码", "on_hand": "现存量", "quarantined": "冻结库存"},
        "仓库,存货编码,存货名称,现存量,可用量,冻结库存,安全库存\n一号仓,A001,传感器,500,480,20,100\n一号仓,A003,镜头,300,300,0,50\n",
    ),
    Foreign(
        "在途订单.csv",
        "open_orders",
        {"source_id": "物料编码 + 供应商编码", "quantity": "未交数量", "arrival_date": "预计到货日期"},
        "订单号,物料编码,供应商编码,下单日期,订单数量,已收数量,未交数量,预计到货日期\n"
        "PO1,A001,S01,2026/11/5,400,0,400,2027/1/18\nPO2,A003,S02,2026/11/6,400,100,300,2027/2/15\n",
        {"sources.source_id": frozenset({"A001-S01", "A003-S02"})},
    ),
    Foreign(
        "product_template.csv",
        "items",
        {
            "item_id": "default_code",
            "name": "name",
            "unit_cost": "standard_price",
            "unit": "uom_id",
            "kind": "type",
        },
        "id,default_code,name,type,standard_price,list_price,uom_id,barcode\n1,SENS,Sensor,product,20.0,0.0,Units,\n"
        "2,CAM,Camera,product,48.0,95.0,Units,\n",
    ),
    Foreign(
        "product_supplierinfo.csv",
        "sources",
        {
            "source_id": "product_tmpl_id + partner_id",
            "item_id": "product_tmpl_id",
            "supplier_id": "partner_id",
            "unit_price": "price",
            "lead_time_weeks": "delay",
            "minimum_order": "min_qty",
            "currency": "currency_id",
            "priority": "sequence",
        },
        "id,partner_id,product_tmpl_id,sequence,min_qty,price,currency_id,delay\n"
        "1,Acme,SENS,1,200,22.0,USD,84\n2,Glaswerk,LENS,1,100,9.0,EUR,56\n",
    ),
    Foreign(
        "mrp_bom_line.csv",
        "bom",
        {"parent_id": "parent_product_tmpl_id", "child_id": "product_id", "quantity": "product_qty"},
        "id,parent_product_tmpl_id,product_id,product_qty,product_uom_id\n1,CAM,SENS,1,Units\n2,CAM,LENS,2,Units\n",
    ),
    Foreign(
        "tabItem.csv",
        "items",
        {
            "item_id": "item_code",
            "name": "item_name",
            "unit": "stock_uom",
            "unit_cost": "valuation_rate",
            "shelf_life_weeks": "shelf_life_in_days",
        },
        "item_code,item_name,item_group,stock_uom,valuation_rate,shelf_life_in_days,is_stock_item\n"
        "SENS,Sensor,Parts,Nos,20,720,1\nCAM,Camera,Goods,Nos,48,0,1\n",
    ),
    Foreign(
        "tabBin.csv",
        "stock",
        {"item_id": "item_code", "on_hand": "actual_qty", "allocated": "reserved_qty"},
        "item_code,warehouse,actual_qty,reserved_qty,projected_qty\nSENS,Main,500,20,900\nLENS,Main,300,0,700\n",
    ),
    Foreign(
        "Vendors.csv",
        "suppliers",
        {"supplier_id": "No.", "name": "Name", "country": "Country/Region Code", "address": "Address"},
        "No.,Name,Address,City,Country/Region Code,Balance\n"
        "V10,Acme,Main St 2,Austin,US,100\nV20,Nordic,Gate 1,Oslo,NO,5\n",
    ),
    Foreign(
        "Purchase Lines.csv",
        "open_orders",
        {"quantity": "Outstanding Quantity", "arrival_date": "Expected Receipt Date"},
        "Document No.,Vendor No.,No.,Quantity,Outstanding Quantity,Order Date,Expected Receipt Date\n"
        "P1,V10,SENS,400,400,11/05/2026,01/18/2027\nP2,V20,LENS,400,300,11/06/2026,02/15/2027\n",
    ),
    Foreign(
        "prices without a cost.csv",
        "items",
        {"item_id": "SKU", "name": "Description", "safety_stock": "Safety stock"},
        "SKU,Description,List price,Reorder point,Safety stock\nA,Lens,15,10,20\nB,Camera,95,1,2\n",
    ),
    Foreign(
        "stock without stock.csv",
        "stock",
        {"item_id": "Part number"},
        "Part number,Safety stock,Reorder point,Order date\nA,15,10,2026-01-01\nB,95,1,2026-01-02\n",
    ),
    Foreign(
        "two lead times.csv",
        "sources",
        {"source_id": "Part + Vendor", "item_id": "Part", "supplier_id": "Vendor", "unit_price": "Net price"},
        "Part,Vendor,Net price,Lead time,Delivery time\nA,X,9.5,8,56\nB,Y,20.25,10,70\n",
    ),
    Foreign(
        "swapped.csv",
        "bom",
        {"parent_id": "Assembly", "child_id": "Component", "quantity": "Usage"},
        "Usage,Component,Assembly,Quantity on hand\n1,LENS,CAM,300\n2,SENS,CAM,500\n",
    ),
]
"""Tables as SAP, Odoo, ERPNext, Dynamics and people in three languages head them, and traps."""
