import django.db.models.deletion
import mspgov.tenancy.columns
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('contracts', '0001_initial'),
        ('itsm', '0001_initial'),
        ('records', '0001_initial'),
        ('tenancy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Credit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=mspgov.tenancy.columns.UuidV7(), editable=False)),
                ('month', models.CharField(editable=False, max_length=7)),
                ('state', models.CharField(choices=[('proposed', 'Proposed'), ('accepted', 'Accepted'), ('reserved', 'Accepted under reservation'), ('disputed', 'Disputed'), ('decided', 'Decided'), ('claimed', 'Claimed'), ('documented', 'Documented'), ('applied', 'Applied'), ('waived', 'Waived')], default='proposed', editable=False, max_length=12)),
                ('amount', models.DecimalField(decimal_places=4, editable=False, max_digits=20)),
                ('earned_back', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20)),
                ('currency', models.CharField(editable=False, max_length=3)),
                ('row', models.JSONField(editable=False)),
                ('derivation', models.JSONField(editable=False)),
                ('contract', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracts.contract')),
                ('engagement', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.engagement')),
                ('record', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.record')),
                ('service_level', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracts.servicelevel')),
                ('tenant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='HistoricalCredit',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=mspgov.tenancy.columns.UuidV7(), editable=False)),
                ('month', models.CharField(editable=False, max_length=7)),
                ('state', models.CharField(choices=[('proposed', 'Proposed'), ('accepted', 'Accepted'), ('reserved', 'Accepted under reservation'), ('disputed', 'Disputed'), ('decided', 'Decided'), ('claimed', 'Claimed'), ('documented', 'Documented'), ('applied', 'Applied'), ('waived', 'Waived')], default='proposed', editable=False, max_length=12)),
                ('amount', models.DecimalField(decimal_places=4, editable=False, max_digits=20)),
                ('earned_back', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20)),
                ('currency', models.CharField(editable=False, max_length=3)),
                ('row', models.JSONField(editable=False)),
                ('derivation', models.JSONField(editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('contract', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='contracts.contract')),
                ('engagement', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tenancy.engagement')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('record', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='records.record')),
                ('service_level', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='contracts.servicelevel')),
                ('tenant', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'historical credit',
                'verbose_name_plural': 'historical credits',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='MonthlyCharges',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=mspgov.tenancy.columns.UuidV7(), editable=False)),
                ('month', models.CharField(max_length=7)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('currency', models.CharField(max_length=3)),
                ('origin', models.CharField(choices=[('set', 'Set'), ('contract', 'By contract, at the seal')], default='set', max_length=10)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracts.contract')),
                ('engagement', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.engagement')),
                ('tenant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
            ],
            options={
                'verbose_name': 'charges of a month',
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(db_default=mspgov.tenancy.columns.UuidV7(), editable=False)),
                ('kind', models.CharField(choices=[('proposal', 'Proposal'), ('correction', 'Correction'), ('earn_back', 'Earn-back')], max_length=10)),
                ('version', models.IntegerField()),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('currency', models.CharField(max_length=3)),
                ('year_ends_on', models.DateField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('row', models.JSONField()),
                ('derivation', models.JSONField()),
                ('rules_version', models.CharField(max_length=20)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('credit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='costs.credit')),
                ('engagement', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.engagement')),
                ('replaces', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='costs.ledgerentry')),
                ('result', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='itsm.result')),
                ('tenant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.tenant')),
                ('terms_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contracts.termsversion')),
                ('charges', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='costs.monthlycharges')),
            ],
            options={
                'verbose_name_plural': 'ledger entries',
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddIndex(
            model_name='credit',
            index=models.Index(fields=['tenant', 'engagement', 'state'], name='credit_state'),
        ),
        migrations.AddConstraint(
            model_name='credit',
            constraint=models.UniqueConstraint(fields=('tenant', 'engagement', 'month', 'service_level'), name='credit_once'),
        ),
        migrations.AddIndex(
            model_name='monthlycharges',
            index=models.Index(fields=['tenant', 'contract', 'month', '-id'], name='charges_latest'),
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['tenant', 'engagement', '-id'], name='entry_latest'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.UniqueConstraint(fields=('tenant', 'credit', 'version'), name='entry_version_once'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.UniqueConstraint(fields=('tenant', 'replaces'), name='entry_replaced_once'),
        ),
    ]
