using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>
/// Puts capture operations between those of a migration. A table is tracked right after the last operation that changes its shape, for
/// capture knows all its columns; so data that the migration writes after that is captured too. It is untracked before it is renamed or dropped.
/// </summary>
internal sealed class CaptureWeaver(IReadOnlyList<MigrationOperation> operations, IModel? targetModel)
{
    private readonly List<MigrationOperation> woven = [];
    private bool installed;

    public IReadOnlyList<MigrationOperation> Weave()
    {
        var lastChanges = operations.Index()
            .Where(entry => ShapedTable(entry.Item) is not null)
            .GroupBy(entry => ShapedTable(entry.Item)!.Value)
            .ToDictionary(changes => changes.Last().Index, changes => (Table: changes.Key, Declared: Declared(changes.Key, changes.Select(change => change.Item))));

        foreach (var (index, operation) in operations.Index())
        {
            if (UncapturedTable(operation) is { } uncaptured)
                woven.Add(new UntrackTableOperation(uncaptured));

            woven.Add(operation);
            if (lastChanges.GetValueOrDefault(index) is (var table, { } json))
                Track(table, CaptureDeclaration.FromJson(json));
        }

        return woven;
    }

    private void Track(StoreObjectIdentifier table, CaptureDeclaration declaration)
    {
        if (!installed)
            woven.Add(new InstallOutboxOperation());

        installed = true;
        woven.Add(new TrackTableOperation(table, declaration));
    }

    // Operations on a table say what it declares from then on; those on its columns do not: there the model that the migration leads to does.
    private string? Declared(StoreObjectIdentifier table, IEnumerable<MigrationOperation> changes) =>
        changes.LastOrDefault(change => change is TableOperation) is { } change
            ? change[CaptureDeclaration.Annotation] as string
            : targetModel?.GetRelationalModel().FindTable(table.Name, table.Schema)?[CaptureDeclaration.Annotation] as string
                ?? changes.OfType<RenameTableOperation>().LastOrDefault()?[CaptureDeclaration.Annotation] as string;

    // The table, by its name after the operation, whose columns or rules the operation changes.
    private static StoreObjectIdentifier? ShapedTable(MigrationOperation operation) => operation switch
    {
        TableOperation table => StoreObjectIdentifier.Table(table.Name, table.Schema),
        RenameTableOperation rename => StoreObjectIdentifier.Table(rename.NewName ?? rename.Name, rename.NewSchema ?? rename.Schema),
        ColumnOperation column => StoreObjectIdentifier.Table(column.Table, column.Schema),
        DropColumnOperation column => StoreObjectIdentifier.Table(column.Table, column.Schema),
        RenameColumnOperation column => StoreObjectIdentifier.Table(column.Table, column.Schema),
        _ => null,
    };

    // The table, by its name before the operation, whose capture must end first.
    private static StoreObjectIdentifier? UncapturedTable(MigrationOperation operation) => operation switch
    {
        DropTableOperation drop when IsCaptured(drop) => StoreObjectIdentifier.Table(drop.Name, drop.Schema),
        RenameTableOperation rename when IsCaptured(rename) => StoreObjectIdentifier.Table(rename.Name, rename.Schema),
        AlterTableOperation alter when IsCaptured(alter.OldTable) && !IsCaptured(alter) => StoreObjectIdentifier.Table(alter.Name, alter.Schema),
        _ => null,
    };

    private static bool IsCaptured(IReadOnlyAnnotatable operation) => operation.FindAnnotation(CaptureDeclaration.Annotation) is not null;
}
